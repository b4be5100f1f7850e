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
  ).toEqual({ kind: 'by-hand', changes: [], why: 'line 3: no' })
})
