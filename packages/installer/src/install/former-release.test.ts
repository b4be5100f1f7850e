import { copyFile } from 'node:fs/promises'
import type { BundleManifest } from '@edgelift/bundle'
import { EdgeliftError } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyFormer } from '../backup/former.ts'
import { listCopies } from '../backup/list-copies.ts'
import type { Inspection } from '../inspect/inspection.ts'
import { openHostChanges, receiptFor } from '../state/host-changes.ts'
import { readReceipt } from '../state/read-receipt.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { formerRelease, leaveFormer, withWayBack } from './former-release.ts'

const [A1, A2, B] = ['docker.io/a:1', 'docker.io/a:2', 'docker.io/b:1']
const IMAGES = '/var/lib/rancher/k3s/agent/images'
const NEW = {
  lock: 'sha256:2',
  role: 'cloud',
  files: [{ path: 'images/a-2.tar', integrity: 'sha256-x' }],
  images: [
    { reference: A2, file: 'images/a-2.tar' },
    { reference: B, file: 'images/a-2.tar' },
  ],
} as unknown as BundleManifest
const OLD = { ...HEAD, role: 'cloud' as const, images: [A1, B] }
const TITLE = { en: 'x', zh: 'x' }

let on: Trial
beforeEach(async () => {
  on = await trial()
})
afterEach(async () => {
  await on[Symbol.asyncDispose]()
})

/** containerd's `images ls`: name, type, digest. */
const listing = (...names: string[]) =>
  [
    'REF TYPE DIGEST',
    ...names.map((name) => `${name} x sha256:${name.split(':')[0]}${name.split(':')[1]}`),
  ].join('\n')

/** A cloud on release 1 is through with its upgrade to release 2. */
async function upgraded({ shared = false, cluster = undefined as object | undefined } = {}) {
  for (const name of ['a-1.tar', 'a-2.tar']) await on.put(`${IMAGES}/${name}`)
  const laid = [
    { stepId: 'images', title: TITLE, changes: [{ kind: 'file' as const, path: `${IMAGES}/a-1.tar` }] },
  ]
  const known = { baseline: BASELINE, steps: laid, completed: '2026-11-01T00:00:00.000Z' }
  const first = receiptFor(OLD, known, BASELINE)
  const former = await copyFormer(on.host, first, OLD.images, copyFile)
  const changes = await openHostChanges(
    on.host,
    receiptFor({ ...OLD, lock: NEW.lock, images: [A1, B, A2], former }, undefined, BASELINE),
  )
  const step = changes.of({ id: 'images', title: TITLE })
  for (const name of ['a-1.tar', 'a-2.tar']) await step.record({ kind: 'file', path: `${IMAGES}/${name}` })
  if (shared) await step.record({ kind: 'image', reference: A1, was: 'unpinned', socket: '/s' })
  const inspection = shared
    ? { runtime: { kind: 'existing', ctr: ['ctr'] } }
    : { runtime: undefined, cluster }
  const leave = (keepPrevious = false) =>
    leaveFormer(
      {
        host: on.host,
        manifest: NEW,
        keepPrevious,
        report: (event) => void on.events.push(event),
        signal: new AbortController().signal,
      },
      inspection as unknown as Inspection,
      changes,
    )
  return { leave, changes }
}

describe('the release that an installation replaces', () => {
  const asked = { manifest: NEW, report: () => {} }

  it('is copied before an upgrade, and not when nothing changes or nothing is complete', async () => {
    const complete = { ...receiptFor(OLD, undefined, BASELINE), completed: 'x' }
    const of = (receipt: Inspection['receipt']) =>
      formerRelease({ host: on.host, ...asked }, { receipt, before: undefined })
    expect(await of(undefined)).toBeUndefined()
    expect(await of({ ...complete, lock: NEW.lock })).toBeUndefined()
    expect(await of(receiptFor(OLD, undefined, BASELINE))).toBeUndefined()
    const kept = { bundle: 'a', lock: 'l', images: [], copy: '/c' }
    // An upgrade that failed has the copy of what worked before it.
    expect(await of({ ...receiptFor(OLD, undefined, BASELINE), former: kept })).toEqual(kept)
    expect(await listCopies(on.host)).toEqual([])
  })

  it('is named by an error of the upgrade as the way back, in both languages', () => {
    const error = new EdgeliftError('STEP_FAILED', 1, { what: 'w', because: 'b', fix: { en: 'f', zh: '处' } })
    const former = { bundle: 'kubeedge-cloud-1', lock: 'l', images: [], copy: '/c' }
    expect(withWayBack(error, { former })).toMatchObject({
      code: 'STEP_FAILED',
      fix: {
        en: 'f\nto go back to kubeedge-cloud-1: sudo ./edgelift rollback',
        zh: '处\n如需回退到 kubeedge-cloud-1：sudo ./edgelift rollback',
      },
    })
    expect(withWayBack(error, { former, kubeEdgeOnly: { kubeconfig: '/k' } })).toMatchObject({
      fix: { en: expect.stringContaining('./install-kubeedge-only.sh in its directory') },
    })
    expect(withWayBack(error, {})).toBe(error)
  })
})

describe('after an upgrade', () => {
  it('images, tarballs and the copy of the former release go', async () => {
    on.script('/usr/local/bin/k3s ctr', '')
    on.script('/usr/local/bin/k3s ctr -n k8s.io images ls', listing(A1, A2, B))
    const { leave } = await upgraded()
    await leave()
    expect(on.calls).toContain(`/usr/local/bin/k3s ctr -n k8s.io images rm ${A1}`)
    expect(on.calls.filter((line) => line.includes('images rm'))).toHaveLength(1)
    expect([await on.text(`${IMAGES}/a-1.tar`), await on.text(`${IMAGES}/a-2.tar`)]).toEqual([undefined, ''])
    const receipt = await readReceipt(on.host)
    expect(receipt).toMatchObject({ images: [A2, B] })
    expect(receipt?.former).toBeUndefined()
    expect(JSON.stringify(receipt)).not.toContain('a-1.tar')
    expect(await listCopies(on.host)).toEqual([])
  })

  it('a tarball that another one of the same images replaces goes, too', async () => {
    const { leave, changes } = await upgraded()
    await changes.settle({ images: [A2, B] })
    await leave()
    expect(await on.text(`${IMAGES}/a-1.tar`)).toBeUndefined()
    expect(on.calls.filter((line) => line.includes('images rm'))).toEqual([])
  })

  it('all of it stays where the previous release is kept', async () => {
    on.script('/usr/local/bin/k3s ctr', '')
    const { leave } = await upgraded()
    await leave(true)
    expect(on.calls.filter((line) => line.includes('images rm'))).toEqual([])
    expect(await on.text(`${IMAGES}/a-1.tar`)).toBe('')
    expect(await readReceipt(on.host)).toMatchObject({ images: [A2, B, A1], former: { bundle: HEAD.bundle } })
    expect(await listCopies(on.host)).toHaveLength(1)
  })

  it.each([
    ['was silent', { command: 'ctr version' }, [A2, B, A1]],
    ['is none that images can be taken from', undefined, [A2, B]],
  ])(
    'images that nobody removed stay known where the containerd of a cluster %s',
    async (_, silent, known) => {
      const { leave } = await upgraded({ cluster: { runtime: undefined, silent } })
      await leave()
      expect(await readReceipt(on.host)).toMatchObject({ images: known })
    },
  )

  it('what somebody had here before is only unpinned in a containerd that others use', async () => {
    on.script('ctr', '')
    on.script('ctr images ls', listing(A1, A2, B))
    const { leave } = await upgraded({ shared: true })
    await leave()
    expect(on.calls).toContain(`ctr images label ${A1} io.cri-containerd.pinned=`)
    expect(on.calls.filter((line) => line.includes('images rm'))).toEqual([])
    expect(JSON.stringify(await readReceipt(on.host))).not.toContain('unpinned')
  })
})
