import type { BundleManifest } from '@edgelift/bundle'
import type { WorkEvent } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change } from '../state/change.ts'
import { openHostChanges, receiptFor } from '../state/host-changes.ts'
import type { Receipt } from '../state/receipt.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import type { RollbackRequest } from './request.ts'
import { servicesOf } from './services.ts'

const TITLE = { en: 'step', zh: '步骤' }
const unit = (name: string): Change => ({ kind: 'unit', unit: name, programs: [`/opt/${name}/`] })

let node: Trial
beforeEach(async () => {
  node = await trial()
  node.script('systemctl', '')
})
afterEach(() => node[Symbol.asyncDispose]())

function receiptOf(role: 'cloud' | 'edge', settings: object, units: readonly string[]): Receipt {
  const steps = [{ stepId: 'one', title: TITLE, changes: units.map(unit) }]
  return { ...receiptFor({ ...HEAD, role, settings: { role, ...settings } }, undefined, BASELINE), steps }
}

/** The services of a former release with these units, while those of `now` are recorded. */
async function services(former: Receipt, now: readonly string[]) {
  const receipt = receiptOf(former.role, {}, now)
  const changes = await openHostChanges(node.host, receipt)
  const request = {
    host: node.host,
    directory: '/data/now',
    manifest: { role: former.role, settings: { sandboxImage: 'pause' } } as unknown as BundleManifest,
    back: { receipt: former, former: { bundle: 'f', lock: 'sha256:1', images: [], copy: '/c' } },
    receipt,
    report: (event: WorkEvent) => void node.events.push(event),
    signal: new AbortController().signal,
  } as unknown as RollbackRequest
  return servicesOf(request, changes)
}
const systemctl = (verb: string) => node.calls.filter((line) => line.startsWith(`systemctl ${verb}`))

describe('stopping', () => {
  it('takes the former release’s services down, and away those that only the other one has', async () => {
    const former = receiptOf('cloud', {}, ['k3s.service', 'of-both.service'])
    const { stop } = await services(former, ['k3s.service', 'of-both.service', 'only-now.service'])
    await stop()
    expect(systemctl('stop')).toEqual([
      'systemctl stop k3s.service of-both.service',
      'systemctl stop only-now.service',
    ])
    expect(systemctl('disable')).toEqual(['systemctl disable only-now.service'])
    await stop()
  })

  it.each([
    ['bundled', 'systemctl stop edgecore.service containerd.service'],
    ['existing', 'systemctl stop edgecore.service'],
  ])('leaves an existing containerd alone: %s', async (containerd, line) => {
    const { stop } = await services(receiptOf('edge', { containerd }, ['edgecore.service']), [])
    await stop()
    expect(systemctl('stop')).toEqual([line])
  })

  it.each(['active', 'deactivating'])(
    'is refused while a service is %s: its files are not replaced',
    async (state) => {
      node.script('systemctl stop', { code: 124, stderr: 'Job for k3s.service timed out' })
      node.script('systemctl is-active', { code: 3, stdout: `${state}\ninactive\n` })
      const { stop } = await services(receiptOf('cloud', {}, ['k3s.service', 'other.service']), [
        'new.service',
      ])
      await expect(stop()).rejects.toMatchObject({
        code: 'STEP_FAILED',
        what: { en: 'cannot stop k3s.service', zh: '无法停止 k3s.service' },
        because: { en: expect.stringContaining('timed out') },
      })
      expect(systemctl('disable')).toEqual([])
    },
  )

  it('is content with a unit that is not there', async () => {
    node.script('systemctl stop', { code: 5, stderr: 'Unit other.service not loaded.' })
    node.script('systemctl is-active', { code: 3, stdout: 'inactive\ninactive\n' })
    await (await services(receiptOf('cloud', {}, ['k3s.service', 'other.service']), [])).stop()
  })
})

describe('starting', () => {
  it('goes no further on an edge whose containerd does not come up', async () => {
    node.script('systemctl show -p Id,NRestarts,ActiveState', 'Id=containerd.service\nActiveState=failed')
    const settings = { cloud: { host: '10.77.0.1', hubPort: 10000 } }
    const { start } = await services(receiptOf('edge', settings, ['edgecore.service', 'other.service']), [])
    await expect(start()).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining('containerd.service has failed') },
    })
    expect(node.calls.some((line) => /systemctl (re)?start --no-block (edgecore|other)/.test(line))).toBe(
      false,
    )
  })

  it('starts an existing containerd, and does not enable it', async () => {
    node.script('systemctl is-active', { code: 3, stdout: 'inactive\n' })
    node.script('systemctl show -p Id,NRestarts,ActiveState', 'Id=containerd.service\nActiveState=failed')
    const settings = { cloud: { host: '10.77.0.1', hubPort: 10000 }, containerd: 'existing' }
    const { start } = await services(receiptOf('edge', settings, ['edgecore.service']), [])
    await expect(start()).rejects.toMatchObject({ code: 'STEP_FAILED' })
    expect(systemctl('start')).toEqual(['systemctl start --no-block containerd.service'])
    expect(systemctl('enable')).toEqual([])
  })
})
