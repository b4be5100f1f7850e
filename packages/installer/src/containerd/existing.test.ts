import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Host } from '../node/host.ts'
import { trial } from '../testing/trial.ts'
import { hostCni } from './cni.ts'
import { configArgument, honoursPins, isOlder, lookForContainerd, parseVersion } from './existing.ts'

it('reads the versions of containerd as it says them', () => {
  expect(parseVersion('containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3')).toEqual(
    [1, 6, 20],
  )
  expect(
    parseVersion(
      'containerd github.com/containerd/containerd/v2 v2.1.5 fcd43222d6b07379a4be9786bda52438f0dd16a1',
    ),
  ).toEqual([2, 1, 5])
  expect(parseVersion('containerd://2.1.5-k3s1')).toEqual([2, 1, 5])
  expect(parseVersion('nothing')).toBeUndefined()
})

it('knows which of them are too old, and which tell of pinned images', () => {
  expect([
    isOlder([1, 5, 18], [1, 6, 0]),
    isOlder([1, 6, 0], [1, 6, 0]),
    isOlder([2, 0, 0], [1, 6, 0]),
  ]).toEqual([true, false, false])
  const versions = [
    [1, 6, 20],
    [1, 6, 26],
    [1, 7, 2],
    [1, 7, 11],
    [2, 0, 0],
  ] as const
  expect(versions.map((version) => honoursPins(version))).toEqual([false, true, false, true, true])
})

it('is silent, not absent, while a program fails that would tell of it', async () => {
  await using on = await trial()
  const look = () => lookForContainerd(on.host, { directory: '/data/edge', sandboxImage: 'pause:3.6' })
  const refused = { code: 1, stderr: 'Failed to connect to bus' }
  on.script('systemctl show', refused)
  expect(await look()).toMatchObject({
    silent: { command: expect.stringMatching(/^systemctl show/), said: { en: refused.stderr } },
  })
  on.script('systemctl show', '')
  expect(await look()).toEqual({})
  on.script('systemctl show', '{ path=/usr/bin/containerd ; argv[]=/usr/bin/containerd ; }')
  on.script('/usr/bin/containerd --version', 'missing')
  expect(await look()).toEqual({})
  on.script('/usr/bin/containerd --version', { code: 124 })
  expect(await look()).toMatchObject({ silent: { command: '/usr/bin/containerd --version' } })
})

it("finds the configuration that a unit's command line names", () => {
  expect(configArgument(['/usr/bin/containerd', '-c', '/a.toml'])).toBe('/a.toml')
  expect(configArgument(['/usr/bin/containerd', '--config=/b.toml'])).toBe('/b.toml')
  for (const flag of ['-c=/c.toml', '-config=/c.toml', '--c=/c.toml'])
    expect(configArgument(['/usr/bin/containerd', '--config', '/a.toml', flag])).toBe('/c.toml')
  expect(configArgument(['/usr/bin/containerd', '-config', '/d.toml'])).toBe('/d.toml')
  expect(configArgument(['/usr/bin/containerd', '--configure', '/e.toml'])).toBeUndefined()
  expect(configArgument(['/usr/bin/containerd'])).toBeUndefined()
})

describe("the pods' network on a host with a containerd of its own", () => {
  let root = ''
  let host: Host
  const effective = { cniConfigs: '/etc/cni/net.d', cniPrograms: ['/usr/lib/cni'] }
  const none = () => false
  const put = async (file: string, text = '') => {
    await mkdir(path.join(root, path.dirname(file)), { recursive: true })
    await writeFile(path.join(root, file), text)
  }

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'edgelift-cni-'))
    host = { root, env: {}, now: Date.now, exec: () => Promise.reject(new Error('nothing is run here')) }
  })
  afterEach(() => rm(root, { recursive: true }))

  it('is written where there is none, with the plugins that are missing, where containerd looks', async () => {
    await put('/usr/lib/cni/bridge')
    const cni = await hostCni(host, effective, none)
    expect(cni).toMatchObject({ own: undefined, missing: [] })
    expect(cni.generated.map(({ to }) => to)).toEqual(['/etc/cni/net.d/10-containerd-net.conflist'])
    expect(cni.packed.map(({ to }) => to)).toEqual(
      ['firewall', 'host-local', 'loopback', 'portmap'].map((name) => `/usr/lib/cni/${name}`),
    )
  })

  it('is still ours when it is run again', async () => {
    const ours = ['/etc/cni/net.d/10-containerd-net.conflist', '/usr/lib/cni/loopback']
    for (const file of ours) await put(file)
    const cni = await hostCni(host, effective, (file) => ours.includes(file))
    expect(cni.own).toBeUndefined()
    expect(cni.packed.map(({ to }) => to)).toContain('/usr/lib/cni/loopback')
    expect(cni.generated).toHaveLength(1)
  })

  it("is the host's own where there is one, whose plugins are named when they are nowhere", async () => {
    await put('/etc/cni/net.d/README')
    const plugins = [{ type: 'calico', ipam: { type: 'calico-ipam' } }, { type: 'portmap' }]
    await put('/etc/cni/net.d/05-plant.conflist', JSON.stringify({ plugins }))
    await put('/usr/lib/cni/calico')
    const cni = await hostCni(host, effective, none)
    expect(cni).toMatchObject({
      own: '/etc/cni/net.d/05-plant.conflist',
      generated: [],
      missing: ['calico-ipam'],
    })
    expect(cni.packed.map(({ to }) => to)).toEqual(['/usr/lib/cni/loopback', '/usr/lib/cni/portmap'])
  })

  it.each(['{"plugins": [', '{}'])(
    'of the host is not taken for one without plugins when it reads %j',
    async (text) => {
      await put('/etc/cni/net.d/05-plant.conflist', text)
      expect(await hostCni(host, effective, none)).toMatchObject({
        own: '/etc/cni/net.d/05-plant.conflist',
        isUnread: true,
        generated: [],
      })
    },
  )
})
