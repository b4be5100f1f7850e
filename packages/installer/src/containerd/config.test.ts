import { describe, expect, it } from 'vitest'
import { type Dump, planConfig } from './config.ts'

/** A dump as containerd would print it, of settings that stand in the text as they are: what takes effect is the text. */
const literal =
  (defaults = ''): Dump =>
  async (text) => ({ settings: `${defaults}${text}` })

const PAUSE = 'docker.io/rancher/mirrored-pause:3.6'
const V2 = `version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.6"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    default_runtime_name = "crun"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.crun.options]
        BinaryName = "/usr/bin/crun" # ours
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
`

describe('a configuration of version 2', () => {
  it("gets the archive's sandbox image and systemd's cgroup driver for its own default runtime", async () => {
    const plan = await planConfig(V2, { sandboxImage: PAUSE, major: 1 }, literal())
    expect(plan).toMatchObject({
      kind: 'change',
      effective: { runtimeProgram: '/usr/bin/crun', systemdCgroup: true },
    })
    const text = plan.kind === 'change' ? plan.text : ''
    expect(text.split('\n').filter((line) => !V2.split('\n').includes(line))).toEqual([
      `  sandbox_image = "${PAUSE}"`,
      '        SystemdCgroup = true',
    ])
  })

  it('is left alone when it says all that already', async () => {
    const once = await planConfig(V2, { sandboxImage: PAUSE, major: 1 }, literal())
    const text = once.kind === 'change' ? once.text : ''
    expect(await planConfig(text, { sandboxImage: PAUSE, major: 1 }, literal())).toMatchObject({
      kind: 'right',
    })
  })
})

it('lifts a file without a version that does nothing but disable CRI, and no other', async () => {
  const docker = '# Docker\ndisabled_plugins = ["cri"]\n#root = "/var/lib/containerd"\n'
  const defaults =
    '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]\nruntime_type = "io.containerd.runc.v2"\n'
  const plan = await planConfig(docker, { sandboxImage: PAUSE, major: 1 }, async (text) => ({
    settings: `${text}\n${text.includes('version = 2') && !text.includes('runtimes.runc]') ? defaults : ''}`,
  }))
  expect(plan).toMatchObject({ kind: 'change' })
  expect(plan.kind === 'change' && plan.text).toMatch(
    /^# Docker\nversion = 2\ndisabled_plugins = \[\]\n#root/,
  )
  const old = `${docker}[plugins.cri]\nsandbox_image = "x"\n`
  expect(await planConfig(old, { sandboxImage: PAUSE, major: 1 }, literal())).toMatchObject({
    kind: 'by-hand',
  })
})

it('leaves to the operator what containerd reads otherwise', async () => {
  const overridden: Dump = async (text) => ({
    settings: text.replaceAll(PAUSE, 'registry.k8s.io/pause:3.6'),
  })
  expect(await planConfig(V2, { sandboxImage: PAUSE, major: 1 }, overridden)).toMatchObject({
    kind: 'by-hand',
    changes: [expect.stringContaining('sandbox_image'), expect.stringContaining('SystemdCgroup')],
  })
  expect(
    await planConfig(V2, { sandboxImage: PAUSE, major: 1 }, async () => ({ refused: 'line 3: no' })),
  ).toEqual({ kind: 'by-hand', changes: [], why: { en: 'line 3: no', zh: 'line 3: no' } })
})

/** What a containerd 2.1 says of a configuration: its defaults, unless the text has them otherwise. */
const containerd2: Dump = async (text) => {
  const image = /sandbox = (\S+)/.exec(text)?.[1] ?? '"registry.k8s.io/pause:3.10"'
  const cgroup = /SystemdCgroup = true/.test(text)
  // A runtime that the text names has no defaults any more.
  const type = /runtimes\.runc/.test(text) && !/runtime_type/.test(text) ? '""' : '"io.containerd.runc.v2"'
  return {
    settings: `version = 3
root = "/var/lib/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = ${image}
[plugins.'io.containerd.cri.v1.runtime'.containerd]
  default_runtime_name = "runc"
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = ${type}
[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  SystemdCgroup = ${cgroup}
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["/opt/cni/bin"]
  conf_dir = "/etc/cni/net.d"
`,
  }
}

describe('a containerd 2 without a configuration', () => {
  it('gets one of version 3 with what is needed, and keeps the type of its runtime', async () => {
    const plan = await planConfig(undefined, { sandboxImage: PAUSE, major: 2 }, containerd2)
    expect(plan).toMatchObject({
      kind: 'change',
      changes: [
        `[plugins."io.containerd.cri.v1.images".pinned_images] sandbox = "${PAUSE}"`,
        '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options] SystemdCgroup = true',
      ],
      effective: {
        ...{ sandboxImage: PAUSE, systemdCgroup: true, criEnabled: true, runtimeName: 'runc' },
        ...{ runtimeType: 'io.containerd.runc.v2', runtimeProgram: '', cniPrograms: ['/opt/cni/bin'] },
        cniConfigs: '/etc/cni/net.d',
      },
    })
    expect(plan.kind === 'change' && plan.text.split('\n')[0]).toBe('version = 3')
  })

  it('is right as it is once that has been written', async () => {
    const first = await planConfig(undefined, { sandboxImage: PAUSE, major: 2 }, containerd2)
    const text = first.kind === 'change' ? first.text : ''
    const wanted = { sandboxImage: PAUSE, major: 2 }
    expect((await planConfig(text, wanted, containerd2)).kind).toBe('right')
  })
})

it('leaves the runtime alone that is no runc: it has no such setting', async () => {
  const kata = V2.replaceAll('crun', 'kata').replace('io.containerd.runc.v2', 'io.containerd.kata.v2')
  const plan = await planConfig(kata, { sandboxImage: PAUSE, major: 1 }, literal())
  expect(plan).toMatchObject({ kind: 'change', effective: { systemdCgroup: false } })
  expect(plan.kind === 'change' && plan.changes).toEqual([
    `[plugins."io.containerd.grpc.v1.cri"] sandbox_image = "${PAUSE}"`,
  ])
})

describe('a configuration that has to be changed by hand comes with why, and with every line', () => {
  const all = [
    'disabled_plugins = []',
    `[plugins."io.containerd.grpc.v1.cri"] sandbox_image = "${PAUSE}"`,
    '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options] SystemdCgroup = true',
  ]
  const wanted = { sandboxImage: PAUSE, major: 1 }

  it.each([
    [
      'imports files by a path that depends on where it lies',
      `imports = ["conf.d/*.toml"]\n${V2}`,
      'imports = ["conf.d/*.toml"]',
    ],
    [
      'has settings of version 1',
      '[plugins.cri]\n  sandbox_image = "x"\n',
      'a configuration of version 1 with settings of plugins',
    ],
    [
      'disables another plugin by its short name of version 1',
      'disabled_plugins = ["cri", "zfs"]\n',
      'version 1',
    ],
  ])('as it %s', async (_what, text, why) => {
    const plan = await planConfig(text, wanted, literal())
    expect(plan).toMatchObject({ kind: 'by-hand', changes: all, why: { en: expect.stringContaining(why) } })
  })

  it('as containerd refuses it once CRI is on', async () => {
    const picky: Dump = async (text) =>
      text.includes('"cri"') ? { settings: text } : { refused: 'line 2: no such snapshotter' }
    const text = 'version = 2\ndisabled_plugins = ["cri"]\n'
    expect(await planConfig(text, wanted, picky)).toEqual({
      ...{
        kind: 'by-hand',
        changes: all,
        why: { en: 'line 2: no such snapshotter', zh: 'line 2: no such snapshotter' },
      },
    })
  })

  it('as another setting of the operator would be lost', async () => {
    const forgetful: Dump = async (text) => ({
      settings: text.includes(PAUSE) ? text.replace('config_path', 'other_path') : text,
    })
    const plan = await planConfig(V2, wanted, forgetful)
    expect(plan).toMatchObject({ kind: 'by-hand', why: { en: expect.stringContaining('config_path') } })
  })

  it('in an inline table that has no room for a line', async () => {
    const text = 'version = 2\nplugins = { "io.containerd.grpc.v1.cri" = { stats_collect_period = 10 } }\n'
    const plan = await planConfig(text, wanted, literal())
    expect(plan).toMatchObject({
      ...{ kind: 'by-hand', changes: all },
      why: {
        en: expect.stringMatching(/^cannot set .*sandbox_image/),
        zh: expect.stringMatching(/^无法在不影响其他设置的情况下修改/),
      },
    })
  })
})

it('says in both languages why, also of a containerd that says nothing, and has nothing set in a file that it cannot read', async () => {
  const wanted = { sandboxImage: PAUSE, major: 1 }
  const han = /\p{Script=Han}/u
  const silent = await planConfig(V2, wanted, async () => ({ refused: '' }))
  expect(silent).toMatchObject({ kind: 'by-hand', changes: [], why: { zh: expect.stringMatching(han) } })
  const old = await planConfig('[plugins.cri]\n  sandbox_image = "x"\n', wanted, literal())
  expect(old).toMatchObject({ kind: 'by-hand', why: { zh: expect.stringMatching(han) } })
  const overridden: Dump = async (text) => ({ settings: text.replaceAll(PAUSE, 'other') })
  expect(await planConfig(V2, wanted, overridden)).toMatchObject({ why: { zh: expect.stringMatching(han) } })
})
