import { mkdir, readlink, rm, symlink, utimes } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Change } from '../state/change.ts'
import type { Step } from '../steps/step.ts'
import { runsFor } from '../testing/process.ts'
import { apply, check, type Trial, trial, undo } from '../testing/trial.ts'
import { cloudLinks, k3sLinks } from './links-step.ts'
import { k3sStart } from './start-step.ts'

let on: Trial
const at = (file: string) => path.join(on.root, file)
beforeEach(async () => {
  on = await trial()
  on.script('systemctl', '')
})
afterEach(() => on[Symbol.asyncDispose]())

describe('links to K3s', () => {
  let step: Step
  beforeEach(async () => {
    await on.put('/usr/local/bin/k3s')
    await on.put('/data/cloud/bin/helm')
    const links = [
      { command: 'kubectl', to: 'k3s' },
      { command: 'ctr', to: 'k3s' },
      { command: 'helm', to: at('/data/cloud/bin/helm') },
    ]
    step = k3sLinks({ links })
  })

  it('are created where no command of the name is there, and removed again', async () => {
    await on.put('/usr/bin/ctr', 'theirs')
    const run = await on.run()
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect(await readlink(at('/usr/local/bin/kubectl'))).toBe('k3s')
    expect(await readlink(at('/usr/local/bin/helm'))).toBe(at('/data/cloud/bin/helm'))
    await expect(readlink(at('/usr/local/bin/ctr'))).rejects.toThrow()
    expect(await check(run, step)).toBe(true)
    await undo(run)
    expect(await on.text('/usr/local/bin/kubectl')).toBeUndefined()
    expect(await on.text('/usr/bin/ctr')).toBe('theirs')
  })

  it('take the place of one that leads nowhere, which is put back', async () => {
    await mkdir(at('/usr/local/bin'), { recursive: true })
    await symlink('/opt/gone/kubectl', at('/usr/local/bin/kubectl'))
    const run = await on.run()
    await apply(run, step)
    await apply(run, step)
    expect(await readlink(at('/usr/local/bin/kubectl'))).toBe('k3s')
    await undo(run)
    expect(await readlink(at('/usr/local/bin/kubectl'))).toBe('/opt/gone/kubectl')
  })
})

it('links helm where the archive has one', () => {
  const commands = (helm?: string) => cloudLinks(helm).map(({ command, to }) => `${command} ${to}`)
  expect(commands()).toEqual(['kubectl k3s', 'crictl k3s', 'ctr k3s'])
  expect(commands('/data/bin/helm').at(-1)).toBe('helm /data/bin/helm')
})

describe('links into an earlier archive', () => {
  const links = (archive: string) => k3sLinks({ links: [{ command: 'helm', to: at(`${archive}/bin/helm`) }] })
  const helm = () => readlink(at('/usr/local/bin/helm'))
  beforeEach(async () => {
    await mkdir(at('/usr/local/bin'), { recursive: true })
    for (const archive of ['/data/old', '/data/new']) await on.put(`${archive}/bin/helm`)
  })

  it.each([['is there'], ['was deleted']])(
    'lead into this one, also when the earlier one %s',
    async (state) => {
      const run = await on.run()
      await apply(run, links('/data/old'))
      if (state === 'was deleted') await rm(at('/data/old'), { recursive: true })
      expect(await check(run, links('/data/new'))).toBe(false)
      await apply(run, links('/data/new'))
      expect([await helm(), await check(run, links('/data/new'))]).toEqual([at('/data/new/bin/helm'), true])
      await undo(run)
      await expect(helm()).rejects.toThrow()
    },
  )

  it.each(['before', 'after'])(
    'are told, and go with an uninstall, also when a run was cut off %s one was led here',
    async (when) => {
      const run = await on.run()
      await apply(run, links('/data/old'))
      const told = { kind: 'file', place: '/usr/local/bin/helm', state: 'changed', fields: ['target'] }
      const step = links('/data/new')
      expect(await step.kind.drift?.(run, step.inputs as never)).toEqual([told])
      const cut = {
        ...run.changes,
        revise: async (change: Change) => {
          if (when === 'after' && !('from' in change)) throw new Error('cut off')
          await run.changes.revise(change)
          if (when === 'before') throw new Error('cut off')
        },
      }
      await expect(apply({ ...run, changes: cut }, links('/data/new'))).rejects.toThrow('cut off')
      expect(await helm()).toBe(at(`/data/${when === 'before' ? 'old' : 'new'}/bin/helm`))
      expect(await check(run, links('/data/new'))).toBe(false)
      await undo(run)
      await expect(helm()).rejects.toThrow()
    },
  )

  it('stay when edgelift did not make them', async () => {
    await symlink(at('/data/old/bin/helm'), at('/usr/local/bin/helm'))
    const run = await on.run()
    await apply(run, links('/data/new'))
    expect([await helm(), await check(run, links('/data/new'))]).toEqual([at('/data/old/bin/helm'), true])
  })
})

describe('the start of K3s', () => {
  const step = k3sStart({ nodeName: 'cloud-1', images: [{ reference: 'docker.io/a:1' }] })
  const kubectl = '/usr/local/bin/k3s kubectl --kubeconfig /etc/rancher/k3s/k3s.yaml'
  const STATE = `${kubectl} get node/cloud-1 -o`
  const stateOf = (status: string, reported: number) => `${status} ${new Date(reported).toISOString()}`
  const waits = () => on.events.flatMap((event) => (event.type === 'wait' ? [event.id] : []))
  beforeEach(() => runsFor(on, 'k3s.service', 100))
  function ready(images = 'docker.io/a:1') {
    on.script(STATE, stateOf('True', Date.now()))
    on.script(`${kubectl} get pods`, '')
    on.script(
      '/usr/local/bin/k3s ctr -n k8s.io images ls',
      `REF\n${images} t d io.cri-containerd.pinned=pinned`,
    )
    on.script('/usr/local/bin/k3s ctr -n k8s.io images check', `${images} t complete (2/2)`)
  }

  it('waits for the node and its images, and is then so already', async () => {
    ready()
    const run = await on.run()
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect(on.calls).toContain('systemctl enable k3s.service')
    on.script('systemctl is-enabled', 'enabled')
    on.script('systemctl is-active', 'active')
    expect(await check(run, step)).toBe(true)
  })

  it.each<[string, string, boolean]>([
    ['before it starts', 'inactive', true],
    ['not while it runs on what is there', 'active', false],
  ])('has K3s unpack its programs, and the disk keep them: %s', async (_when, state, isUnpacked) => {
    ready()
    await on.put('/var/lib/rancher/k3s/data/.lock')
    on.script('systemctl is-active k3s.service', state === 'active' ? state : { code: 3, stdout: state })
    await apply(await on.run(), step)
    const unpacked = on.calls.indexOf('/usr/local/bin/k3s kubectl options')
    const synced = on.calls.findIndex((line) => line.startsWith('sync -f'))
    expect([unpacked >= 0, synced >= 0]).toEqual([isUnpacked, isUnpacked])
    if (!isUnpacked) return
    expect(synced).toBeGreaterThan(unpacked)
    expect(on.calls.findIndex((line) => line.startsWith('systemctl start'))).toBeGreaterThan(synced)
  })

  it('asks no API before it has started K3s, which answers for it', async () => {
    ready()
    const at = (words: string) => on.calls.findIndex((line) => line.startsWith(words))
    on.script('systemctl is-active k3s.service', () => (at('systemctl start') < 0 ? { code: 3 } : 'active'))
    await apply(await on.run(), step)
    expect(at('systemctl start')).toBeGreaterThan(0)
    expect(at(STATE)).toBeGreaterThan(at('systemctl start'))
  })

  it.each([
    ['it is not enabled', () => on.script('systemctl is-enabled', 'disabled')],
    ['it does not run', () => on.script('systemctl is-active k3s.service', { code: 3, stdout: 'inactive' })],
    ['its configuration is newer than its process', () => on.put('/etc/rancher/k3s/config.yaml')],
    ['its program is newer than its process', () => on.put('/usr/local/bin/k3s')],
    ['its node is not Ready', () => on.script(STATE, stateOf('False', Date.now()))],
    ['an image has not been imported', () => ready('docker.io/other:1')],
  ])('is not so already while %s', async (_what, spoil) => {
    ready()
    on.script('systemctl is-enabled', 'enabled')
    const run = await on.run()
    expect(await check(run, step)).toBe(true)
    await spoil()
    expect(await check(run, step)).toBe(false)
  })

  it('takes the Node of a first installation, which is not there yet, for no deleted one', async () => {
    ready()
    let looks = 0
    on.script(STATE, () => (looks++ < 2 ? { code: 1 } : stateOf('True', Date.now())))
    on.script(`${kubectl} get nodes`, '{"items":[]}')
    await apply(await on.run({}, { complete: false }), step)
    expect(on.calls.filter((line) => line.includes(' restart '))).toEqual([])
    expect(on.events.filter(({ type }) => type === 'note')).toEqual([])
  })

  it('waits for the kubelet to report its status: what is Ready before that is a former K3s', async () => {
    ready()
    const states = ['', stateOf('True', Date.now() - 110_000), stateOf('False', Date.now())]
    let looks = 0
    on.script(STATE, () => states[looks++] ?? stateOf('True', Date.now() - 90_000))
    const run = await on.run()
    await apply(run, step)
    expect(looks).toBe(4)
    expect(waits()).toContain('kubernetes-api')
    on.script('systemctl is-enabled', 'enabled')
    expect(await check(run, step)).toBe(true)
    on.script(STATE, stateOf('True', Date.now() - 110_000))
    expect(await check(run, step)).toBe(false)
  })

  it('waits for the kubelet to report on its pods: what the API says before may be of a former K3s', async () => {
    ready()
    const ids = ['containerd://a containerd://b', 'containerd://b']
    let looks = 0
    on.script(`${kubectl} get pods -A --field-selector spec.nodeName=cloud-1`, () => ids[looks++] ?? '')
    on.script('/usr/local/bin/k3s ctr -n k8s.io tasks ls', 'TASK PID STATUS\na 12 STOPPED\nb 13 RUNNING')
    await apply(await on.run(), step)
    expect(looks).toBe(2)
    expect(waits()).toContain('pods')
  })

  it('restarts a K3s that is ready and has not imported all its images', async () => {
    ready('docker.io/old:1')
    on.script('systemctl restart', () => {
      ready()
      return ''
    })
    await apply(await on.run(), step)
    expect(on.calls.filter((line) => line.includes(' restart '))).toEqual([
      'systemctl restart --no-block k3s.service',
    ])
  })

  it.each(['images ls', 'images check'])(
    'does not restart a K3s that is ready for a containerd that is silent: it waits for it (%s)',
    async (question) => {
      ready()
      const SILENT = { code: 1, stderr: 'context deadline exceeded' }
      let looks = 0
      on.script(`/usr/local/bin/k3s ctr -n k8s.io ${question}`, () => {
        looks += 1
        if (looks === 2) ready()
        return SILENT
      })
      await apply(await on.run(), step)
      expect(looks).toBe(2)
      expect(on.calls.filter((line) => line.includes(' restart '))).toEqual([])
      expect(waits()).toContain('images')
    },
  )

  it('takes nothing for reported while containerd does not tell what runs', async () => {
    ready()
    on.script(`${kubectl} get pods`, 'containerd://a')
    let looks = 0
    on.script('/usr/local/bin/k3s ctr -n k8s.io tasks ls', () =>
      looks++ === 0 ? { code: 1 } : 'TASK PID STATUS\na 12 RUNNING',
    )
    await apply(await on.run(), step)
    expect(looks).toBe(2)
    const words = on.events.flatMap((event) =>
      event.type === 'wait' && event.id === 'pods' ? [JSON.stringify(event)] : [],
    )
    expect(words.join()).not.toContain('do not run')
  })

  describe('when images are new', () => {
    const tarball = '/var/lib/rancher/k3s/agent/images/a.tar'
    const archive = {
      files: [{ path: 'images/a.tar', size: 1, integrity: '' }],
      images: [{ reference: 'docker.io/a:1', file: 'images/a.tar' }],
    } as unknown as BundleManifest
    /** @param age of the tarball; K3s has run for 100 s */
    async function laid(age: number) {
      ready('docker.io/old:1')
      await on.put(tarball)
      const time = Date.now() / 1000 - age
      await utimes(at(tarball), time, time)
    }

    it('lets a running K3s import what was laid into its folder since its start', async () => {
      await laid(0)
      let checks = 0
      on.script('/usr/local/bin/k3s ctr -n k8s.io images check', () => {
        if (++checks === 3) ready()
        return ''
      })
      await apply(await on.run(archive), step)
      expect(on.calls.filter((line) => line.includes('restart'))).toEqual([])
      expect(on.events).toContainEqual(expect.objectContaining({ type: 'wait', id: 'running-import' }))
    })

    it('restarts it for what had lain there before, which it does not look at again', async () => {
      await laid(200)
      on.script('systemctl restart', () => {
        ready()
        return ''
      })
      await apply(await on.run(archive), step)
      expect(on.calls).toContain('systemctl restart --no-block k3s.service')
      expect(on.events).not.toContainEqual(expect.objectContaining({ id: 'running-import' }))
    })
  })

  it('restarts a K3s whose Node was deleted: it registers one only when it starts', async () => {
    ready()
    on.script(STATE, { code: 1 })
    on.script(`${kubectl} get nodes`, '{"items":[]}')
    on.script('systemctl is-enabled', 'enabled')
    const run = await on.run()
    expect(await step.kind.drift?.(run, step.inputs as never)).toEqual([
      { kind: 'object', place: 'Node cloud-1', state: 'missing', fields: [] },
    ])
    on.script('systemctl restart', () => {
      ready()
      return ''
    })
    await apply(run, step)
    expect(on.calls).toContain('systemctl restart --no-block k3s.service')
    expect(on.events).toContainEqual(
      expect.objectContaining({
        text: expect.objectContaining({ en: expect.stringContaining('was deleted') }),
      }),
    )
  })

  it('that fails is known to an uninstall, and goes on in a second run', async () => {
    ready()
    on.script('systemctl start', { code: 1, stderr: 'Job failed' })
    const run = await on.run()
    await expect(apply(run, step)).rejects.toMatchObject({ because: { en: 'Job failed' } })
    const recorded = run.all.receipt().steps.flatMap(({ changes }) => changes)
    expect(recorded.map(({ kind }) => kind)).toEqual(['pods', 'unit'])
    on.script('systemctl start', '')
    await apply(run, step)
    expect(run.all.receipt().steps.flatMap(({ changes }) => changes)).toEqual(recorded)
  })

  it('gives up on a K3s that fails, with its last words', async () => {
    on.script('systemctl show -p Id,NRestarts,ActiveState', 'Id=k3s.service\nActiveState=failed')
    on.script('journalctl', 'time="x" level=fatal msg="no default routes found"')
    await expect(apply(await on.run(), step)).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: expect.stringContaining('no default routes found') },
    })
  })

  it('is taken back with its service, its pods and their network', async () => {
    ready()
    const run = await on.run()
    await apply(run, step)
    on.script('ip -o link show', '1: lo: x\n2: cni0: x\n3: eth0: x')
    on.script('ip link delete', '')
    on.calls.length = 0
    await undo(run)
    const stop = on.calls.indexOf('systemctl stop k3s.service')
    expect(stop).toBeGreaterThan(-1)
    expect(on.calls.indexOf('ip link delete cni0')).toBeGreaterThan(stop)
    expect(on.calls).not.toContain('ip link delete eth0')
  })
})
