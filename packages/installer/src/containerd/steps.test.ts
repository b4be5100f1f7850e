import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changesOf } from '../state/receipt.ts'
import { apply, check, type Trial, trial, undo } from '../testing/trial.ts'
import { containerdConfig } from './config-step.ts'
import { images } from './images-step.ts'
import { containerdStart } from './start-step.ts'

let on: Trial
beforeEach(async () => {
  on = await trial()
  on.script('systemctl', '')
})
afterEach(() => on[Symbol.asyncDispose]())

describe('the configuration of an existing containerd', () => {
  const file = '/etc/containerd/config.toml'
  const path_ = ['plugins', 'io.containerd.grpc.v1.cri', 'sandbox_image']
  const step = containerdConfig({
    file,
    empty: 'version = 2\n',
    edits: [{ path: path_, literal: '"pause:3.6"' }],
  })

  it('is changed in its one setting, keeps its mode, and is put back before containerd is restarted', async () => {
    const theirs = '# theirs\nversion = 2\n'
    await on.put(file, theirs, 0o640)
    const run = await on.run()
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect(await on.text(file)).toContain('# theirs')
    expect(await on.text(file)).toContain('sandbox_image = "pause:3.6"')
    expect((await stat(path.join(on.root, file))).mode & 0o777).toBe(0o640)
    on.script('systemctl is-active', 'active')
    await undo(run)
    expect(await on.text(file)).toBe(theirs)
    expect(on.calls.at(-1)).toBe('systemctl restart containerd.service')
  })

  it('is written where containerd runs without one, and removed again', async () => {
    const run = await on.run()
    await apply(run, step)
    expect(await on.text(file)).toMatch(/^version = 2\n/)
    await apply(run, step) // cut off after the file, run again
    await undo(run)
    expect(await on.text(file)).toBeUndefined()
  })

  it('is left alone when it is right', async () => {
    const right = containerdConfig({ file, empty: '', edits: [] })
    expect(await check(await on.run(), right)).toBe(true)
  })
})

describe('images', () => {
  const ctr = ['ctr', '-n', 'k8s.io'] as const
  const references = ['docker.io/a:1', 'docker.io/b:1']
  const inputs = (shared: boolean) => ({
    ctr,
    socket: '/run/x.sock',
    shared,
    images: references.map((reference) => ({ reference, file: `images/${reference.slice(-3, -2)}.tar` })),
  })
  /** A containerd with images, some of them pinned. */
  function containerd(...there: readonly (readonly [name: string, pinned: boolean])[]) {
    const store = new Map(there)
    on.script('ctr -n k8s.io images ls', (args) => {
      if (args.includes('-q')) return [...store.keys()].join('\n')
      const rows = [...store].map(
        ([name, pinned]) => `${name} type sha256:${name} ${pinned ? 'io.cri-containerd.pinned=pinned' : '-'}`,
      )
      return ['REF TYPE DIGEST LABELS', ...rows].join('\n')
    })
    on.script('ctr -n k8s.io images check', () =>
      [...store.keys()].map((name) => `${name} x complete (1/1)`).join('\n'),
    )
    on.script('ctr -n k8s.io images import', (args) => {
      store.set(`docker.io/${path.basename(args.at(-1) ?? '', '.tar')}:1`, false)
      return ''
    })
    on.script('ctr -n k8s.io images label', (args) => {
      store.set(args[4] ?? '', args[5]?.endsWith('=pinned') === true)
      return ''
    })
    return store
  }

  it('are imported and pinned, and are then so already', async () => {
    const store = containerd()
    const run = await on.run()
    const step = images(inputs(false))
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect([...store]).toEqual(references.map((name) => [name, true]))
    expect(await check(run, step)).toBe(true)
    expect(changesOf(run.all.receipt(), 'image')).toEqual([])
  })

  it('that were there before are only pinned, and unpinned again; the others are removed', async () => {
    containerd(['docker.io/a:1', false])
    const run = await on.run()
    await apply(run, images(inputs(true)))
    expect(changesOf(run.all.receipt(), 'image')).toEqual([
      { kind: 'image', reference: 'docker.io/a:1', was: 'unpinned', socket: '/run/x.sock' },
      { kind: 'image', reference: 'docker.io/b:1', was: 'absent', socket: '/run/x.sock' },
    ])
    await on.put('/usr/bin/ctr')
    on.script('/usr/bin/ctr', '')
    on.calls.length = 0
    await undo(run)
    const at = '/usr/bin/ctr -a /run/x.sock -n k8s.io images'
    expect(on.calls.filter((line) => / (rm|label) /.test(line))).toEqual([
      `${at} rm docker.io/b:1`,
      `${at} label docker.io/a:1 io.cri-containerd.pinned=`,
    ])
  })

  it('that a killed run has imported half are not taken for the host’s own', async () => {
    const store = containerd()
    const run = await on.run()
    on.script('ctr -n k8s.io images import', () => ({ code: 137, stderr: 'killed' }))
    await expect(apply(run, images(inputs(true)))).rejects.toThrow()
    store.set('docker.io/a:1', false)
    on.script('ctr -n k8s.io images import', (args) => {
      store.set(`docker.io/${path.basename(args.at(-1) ?? '', '.tar')}:1`, false)
      return ''
    })
    await apply(run, images(inputs(true)))
    expect(changesOf(run.all.receipt(), 'image').map(({ was }) => was)).toEqual(['absent', 'absent'])
  })

  it('without their content are told', async () => {
    containerd()
    on.script('ctr -n k8s.io images check', '')
    await expect(apply(await on.run(), images(inputs(false)))).rejects.toMatchObject({ code: 'STEP_FAILED' })
  })
})

describe('the start of containerd', () => {
  const start = (bundled: boolean) =>
    containerdStart({ bundled, ctr: ['ctr', '-n', 'k8s.io'], socket: '/run/c.sock', files: ['/etc/c.toml'] })

  it('enables the archive’s own, and takes its pods and programs back with it', async () => {
    await on.put('/run/c.sock')
    on.script('ctr -n k8s.io version', 'Server: 2.1.5')
    const run = await on.run()
    await apply(run, start(true))
    expect(on.calls).toContain('systemctl enable containerd.service')
    expect(run.all.receipt().steps[0]?.changes.map(({ kind }) => kind)).toEqual(['pods', 'unit'])
    on.script('systemctl is-enabled', 'enabled')
    on.script('systemctl is-active', 'active')
    expect(await check(run, start(true))).toBe(true)
    on.calls.length = 0
    await undo(run)
    expect(on.calls).toContain('systemctl stop containerd.service')
  })

  it('of an existing one that did not run is undone by stopping it, of one that ran by nothing', async () => {
    await on.put('/run/c.sock')
    on.script('ctr -n k8s.io version', 'Server: 1.6.20')
    const run = await on.run()
    await apply(run, start(false))
    expect(on.calls).not.toContain('systemctl enable containerd.service')
    await undo(run)
    expect(on.calls.at(-1)).toBe('systemctl stop containerd.service')
    on.script('systemctl is-active', 'active')
    const other = await on.run()
    await other.all.forgetStep('trial')
    await apply(other, start(false))
    expect(other.all.receipt().steps).toEqual([])
  })

  it('is not taken for running on an older configuration', async () => {
    on.script('systemctl is-active', 'active')
    on.script('systemctl show --property=MainPID', '7')
    await on.put('/proc/7/stat', `7 (containerd) S ${'0 '.repeat(18)}100 `)
    await on.put('/proc/uptime', '1000 1')
    await on.put('/etc/c.toml')
    await on.put('/run/c.sock')
    on.script('ctr -n k8s.io version', 'Server')
    expect(await check(await on.run(), start(false))).toBe(false)
    expect(await readFile(path.join(on.root, '/etc/c.toml'), 'utf8')).toBe('')
  })
})
