import { chown, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { changesOf } from '../state/receipt.ts'
import { runsFor } from '../testing/process.ts'
import { apply, check, type Trial, trial, undo } from '../testing/trial.ts'
import { containerdConfig } from './config-step.ts'
import { images } from './images-step.ts'
import { forgetFormer, putBackBefore, putBackFormer } from './kept-images.ts'
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
    on.script('systemctl is-active', { code: 3, stdout: 'inactive\n' })
    await undo(run)
    expect(await on.text(file)).toBeUndefined()
  })

  it('keeps its owner: whoever administers containerd may still write it', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('only root gives a file away')
    await on.put(file, 'version = 2\n')
    await chown(path.join(on.root, file), 12, 34)
    await apply(await on.run(), step)
    expect(await stat(path.join(on.root, file))).toMatchObject({ uid: 12, gid: 34 })
  })

  it('is left alone when it is right', async () => {
    const right = containerdConfig({ file, empty: '', edits: [] })
    expect(await check(await on.run(), right)).toBe(true)
  })
})

describe('images', () => {
  const digestOf = (name: string) => `sha256:of-${name}`
  const ctr = ['ctr', '-n', 'k8s.io'] as const
  const references = ['docker.io/a:1', 'docker.io/b:1']
  const inputs = (shared: boolean) => ({
    ctr,
    socket: '/run/x.sock',
    shared,
    images: references.map((reference) => ({
      reference,
      digest: digestOf(reference),
      file: `images/${reference.slice(-3, -2)}.tar`,
    })),
  })
  /** A containerd with images, some of them pinned; an import brings what its file's name says. */
  function containerd(...there: readonly (readonly [name: string, pinned: boolean, digest?: string])[]) {
    const store = new Map(there.map(([name, pinned, digest = digestOf(name)]) => [name, { pinned, digest }]))
    const at = (words: string) => `ctr -n k8s.io images ${words}`
    on.script(at('ls'), () => {
      const rows = [...store].map(
        ([name, { pinned, digest }]) =>
          `${name} type ${digest} ${pinned ? 'io.cri-containerd.pinned=pinned' : '-'}`,
      )
      return ['REF TYPE DIGEST LABELS', ...rows].join('\n')
    })
    on.script(at('check'), () => [...store.keys()].map((name) => `${name} x complete (1/1)`).join('\n'))
    on.script(at('import'), (args) => {
      const name = `docker.io/${path.basename(args.at(-1) ?? '', '.tar')}:1`
      store.set(name, { pinned: false, digest: digestOf(name) })
      return ''
    })
    on.script(at('label'), (args) => {
      const [, , , , name = '', label = ''] = args
      store.set(name, { digest: '', ...store.get(name), pinned: label.endsWith('=pinned') })
      return ''
    })
    on.script(at('tag --force'), (args) => {
      const [from = '', to = ''] = args.slice(-2)
      store.set(to, { digest: '', ...store.get(from), pinned: false })
      return ''
    })
    on.script('ctr -n k8s.io content get', (args) => ({
      code: 1,
      stderr: `ctr: content digest ${args.at(-1)}: not found\n`,
    }))
    on.script(at('rm'), (args) => (store.delete(args.at(-1) ?? '') ? '' : { code: 1 }))
    return {
      store,
      told: () => [...store].map(([name, { pinned, digest }]) => [name, pinned, digest] as const),
    }
  }

  it('are imported and pinned, and are then so already', async () => {
    const { told } = containerd()
    const run = await on.run()
    const step = images(inputs(false))
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect(told()).toEqual(references.map((name) => [name, true, digestOf(name)]))
    expect(await check(run, step)).toBe(true)
    expect(changesOf(run.all.receipt(), 'image')).toEqual([])
  })

  it('are all in the receipt before the first is imported, as several are imported at once', async () => {
    const { store } = containerd()
    const run = await on.run()
    const recorded: unknown[] = []
    on.script('ctr -n k8s.io images import', (args) => {
      recorded.push(changesOf(run.all.receipt(), 'image').map(({ reference }) => reference))
      const name = `docker.io/${path.basename(args.at(-1) ?? '', '.tar')}:1`
      store.set(name, { pinned: false, digest: digestOf(name) })
      return ''
    })
    await apply(run, images(inputs(true)))
    expect(recorded).toEqual([references, references])
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
    const { store } = containerd()
    const run = await on.run()
    on.script('ctr -n k8s.io images import', () => ({ code: 137, stderr: 'killed' }))
    await expect(apply(run, images(inputs(true)))).rejects.toThrow()
    const half = { pinned: false, digest: digestOf('docker.io/a:1') }
    store.set('docker.io/a:1', half)
    on.script('ctr -n k8s.io images import', (args) => {
      const name = `docker.io/${path.basename(args.at(-1) ?? '', '.tar')}:1`
      store.set(name, { pinned: false, digest: digestOf(name) })
      return ''
    })
    await apply(run, images(inputs(true)))
    expect(changesOf(run.all.receipt(), 'image').map(({ was }) => was)).toEqual(['absent', 'absent'])
  })

  it.each([
    ['other content', 'sha256:other', undefined, 'other'],
    ['an index without it', 'sha256:index', [{ digest: 'sha256:arm' }], 'other'],
    ['an index that has it', 'sha256:index', [{ digest: digestOf('docker.io/a:1') }], 'unpinned'],
  ])('whose name stands for %s are told apart', async (_what, target, manifests, was) => {
    const { told } = containerd(['docker.io/a:1', false, target])
    on.script(`ctr -n k8s.io content get ${target}`, JSON.stringify({ manifests }))
    const run = await on.run()
    const step = images(inputs(true))
    expect(await check(run, step)).toBe(false)
    await apply(run, step)
    expect(await check(run, step)).toBe(true)
    expect(changesOf(run.all.receipt(), 'image')[0]).toMatchObject({ reference: 'docker.io/a:1', was })
    expect(told()).toContainEqual([
      'docker.io/a:1',
      true,
      was === 'other' ? digestOf('docker.io/a:1') : target,
    ])
  })

  it.each([false, true])(
    'in whose place other content was (pinned: %s) get it back by an uninstall, also by one that was cut off',
    async (pinned) => {
      const { told } = containerd(['docker.io/a:1', pinned, 'sha256:theirs'])
      const run = await on.run()
      await apply(run, images(inputs(true)))
      const kept = 'edgelift.local/before/docker.io/a:1'
      expect(told()).toContainEqual([kept, true, 'sha256:theirs'])
      expect(on.events).toContainEqual(expect.objectContaining({ type: 'note', level: 'warning' }))
      const [change] = changesOf(run.all.receipt(), 'image')
      if (change === undefined) throw new Error('no change was recorded')
      for (const _again of [1, 2])
        await putBackBefore(on.host, ctr, { reference: change.reference, pinned: change.pinned === true })
      expect(told()).toContainEqual(['docker.io/a:1', pinned, 'sha256:theirs'])
      expect(told().map(([name]) => name)).not.toContain(kept)
    },
  )

  it('of the release that is replaced stay for a rollback, and go when nobody can go back', async () => {
    on.script('ctr -n k8s.io containers ls', '')
    const former = { bundle: 'edge-1', lock: 'sha256:0123456789abcdef', images: references, copy: '/c' }
    const { told } = containerd(['docker.io/a:1', true, 'sha256:old'])
    const run = await on.run({}, { former })
    await apply(run, images(inputs(false)))
    expect(told()).toContainEqual(['edgelift.local/0123456789ab/docker.io/a:1', true, 'sha256:old'])
    expect(told()).toContainEqual(['docker.io/a:1', true, digestOf('docker.io/a:1')])
    await forgetFormer(on.host, ctr, former)
    expect(told().map(([name]) => name)).toContain('edgelift.local/0123456789ab/docker.io/a:1')
    await putBackFormer(on.host, ctr, { former, theirs: new Set() })
    expect(told()).toEqual([
      ['docker.io/a:1', true, 'sha256:old'],
      ['docker.io/b:1', true, digestOf('docker.io/b:1')],
    ])
    await apply(run, images(inputs(false)))
    await forgetFormer(on.host, ctr, undefined)
    expect(
      told()
        .map(([name]) => name)
        .toSorted(),
    ).toEqual(references)
  })

  it.each([
    ['that edgelift brought earlier is just replaced', 'absent', [], 'absent'],
    ['that edgelift only pinned is set aside as its owner had it', 'unpinned', ['before'], 'other'],
  ] as const)('of another release in a containerd of others: one %s', async (_which, was, kept, becomes) => {
    const { told } = containerd(['docker.io/a:1', true, 'sha256:of-before'])
    const run = await on.run()
    const image = { kind: 'image', reference: 'docker.io/a:1', socket: '/run/x.sock' } as const
    await run.changes.record({ ...image, was })
    await apply(run, images(inputs(true)))
    const aside = told().filter(([name]) => name.startsWith('edgelift.local/'))
    expect(aside.map(([name]) => name.split('/')[1])).toEqual(kept)
    expect(changesOf(run.all.receipt(), 'image')[0]).toEqual({ ...image, was: becomes })
    expect(on.events.filter((event) => event.type === 'note' && event.level === 'warning')).toHaveLength(
      kept.length,
    )
  })

  it('of another release in a containerd of edgelift’s own are replaced, and nothing is set aside', async () => {
    const { told } = containerd(['docker.io/a:1', true, 'sha256:of-before'])
    const run = await on.run()
    await apply(run, images(inputs(false)))
    expect(told()).toEqual(references.map((name) => [name, true, digestOf(name)]))
    expect(changesOf(run.all.receipt(), 'image')).toEqual([])
  })

  it('that are whole and only lost their pin are pinned, not imported', async () => {
    containerd(['docker.io/a:1', false], ['docker.io/b:1', true])
    await apply(await on.run(), images(inputs(false)))
    expect(on.calls.filter((line) => / (import|label) /.test(line))).toEqual([
      'ctr -n k8s.io images label docker.io/a:1 io.cri-containerd.pinned=pinned',
    ])
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
  beforeEach(() => on.script('systemctl is-active', { code: 3, stdout: 'inactive\n' }))

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

  it.each([
    [true, 'systemctl disable edgecore containerd'],
    [false, "repair this machine's containerd"],
  ])('that cannot open its database ends with that cause and its way out (own: %s)', async (bundled, fix) => {
    await on.put('/run/c.sock')
    on.script('ctr -n k8s.io version', 'Server: 2.1.5')
    on.script('systemctl show -p InvocationID containerd.service', 'InvocationID=a run\n')
    on.script('ctr -n k8s.io containers ls -q', {
      code: 1,
      stderr: 'ctr: unknown service containerd.services.containers.v1.Containers\n',
    })
    on.script(
      'journalctl',
      'level=warning msg="failed to load plugin" error="invalid database" id=io.containerd.metadata.v1.bolt type=x',
    )
    const run = await on.run()
    await expect(apply(run, start(bundled))).rejects.toMatchObject({
      code: 'STEP_FAILED',
      because: { en: 'it cannot open its database: invalid database' },
      fix: { en: expect.stringContaining(fix) },
    })
    on.script('systemctl is-enabled', 'enabled')
    on.script('systemctl is-active', 'active')
    expect(await check(run, start(bundled))).toBe(false)
    const { kind, inputs } = start(bundled)
    expect(await kind.drift?.(run, inputs as never)).toContainEqual({
      kind: 'service',
      place: 'containerd.service',
      state: 'damaged',
      fields: ['invalid database'],
    })
  })

  it('tells that the archive’s own was disabled by hand, and of nothing where the installation is its first', async () => {
    await on.put('/run/c.sock')
    on.script('ctr -n k8s.io version', 'Server: 2.1.5')
    on.script('systemctl is-enabled', { code: 1, stdout: 'disabled\n' })
    const warnings = () => on.events.filter((event) => event.type === 'note' && event.level === 'warning')
    const run = await on.run()
    await apply(run, start(true))
    expect(warnings()).toEqual([])
    await apply(run, start(true))
    expect(warnings()).toEqual([
      expect.objectContaining({
        text: expect.objectContaining({ en: expect.stringContaining('containerd.service') }),
      }),
    ])
    expect(on.calls.filter((line) => line === 'systemctl enable containerd.service')).toHaveLength(2)
  })

  it('of an existing one that did not run is undone by stopping it, of one that ran by nothing', async () => {
    await on.put('/run/c.sock')
    on.script('ctr -n k8s.io version', 'Server: 1.6.20')
    const run = await on.run()
    await apply(run, start(false))
    expect(on.calls).not.toContain('systemctl enable containerd.service')
    await undo(run)
    expect(on.calls).toContain('systemctl stop containerd.service')
    on.script('systemctl is-active', 'active')
    const other = await on.run()
    await other.all.forgetStep('trial')
    await apply(other, start(false))
    expect(other.all.receipt().steps).toEqual([])
  })

  it('of an existing one is left while systemd does not say whether it runs: an uninstall would stop it', async () => {
    on.script('systemctl is-active', { code: 1, stderr: 'Failed to connect to bus' })
    const run = await on.run()
    await expect(apply(run, start(false))).rejects.toMatchObject({ code: 'STEP_FAILED' })
    expect(run.all.receipt().steps).toEqual([])
    expect(on.calls.filter((line) => line.startsWith('systemctl start'))).toEqual([])
  })

  it.each([true, false])(
    'that fails is known to an uninstall, and goes on in a second run (own: %s)',
    async (bundled) => {
      await on.put('/run/c.sock')
      on.script('ctr -n k8s.io version', 'Server: 2.1.5')
      on.script('systemctl start', { code: 1, stderr: 'Job failed' })
      const run = await on.run()
      await expect(apply(run, start(bundled))).rejects.toMatchObject({ because: { en: 'Job failed' } })
      on.script('systemctl start', '')
      await apply(run, start(bundled))
      on.calls.length = 0
      await undo(run)
      expect(on.calls).toContain('systemctl stop containerd.service')
    },
  )

  it('is not taken for running on an older configuration', async () => {
    await runsFor(on, 'containerd.service', 999)
    await on.put('/etc/c.toml')
    await on.put('/run/c.sock')
    on.script('ctr -n k8s.io version', 'Server')
    expect(await check(await on.run(), start(false))).toBe(false)
    expect(await readFile(path.join(on.root, '/etc/c.toml'), 'utf8')).toBe('')
  })
})
