import { mkdir, readdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { mountsBelow, operatorMounts } from './mounts.ts'
import { heldIn, removeAdded, removeFolder, type TrackedTree } from './trees.ts'

const K3S = '/var/lib/rancher/k3s'
let on: Trial
const at = (file: string) => path.join(on.root, file)
/** Lines of /proc/self/mountinfo: a device, the folder of its file system, the mount point. */
type MountLine = readonly [device: string, folder: string, place: string]
const mounts = (...lines: readonly MountLine[]) =>
  on.put(
    '/proc/self/mountinfo',
    [['8:1', '/', '/'] as const, ...lines]
      .map(([device, folder, place], index) => `${index} 1 ${device} ${folder} ${place} rw - ext4 /dev/x rw`)
      .join('\n'),
  )

beforeEach(async () => {
  on = await trial()
  on.script('umount', '')
  await mounts()
})
afterEach(() => on[Symbol.asyncDispose]())

/** Tracks a folder, lets programs fill it, and takes it back. */
async function roundTrip(
  folder: string,
  fill: readonly string[],
  tree: Partial<TrackedTree> = {},
  later?: readonly MountLine[],
) {
  const held = await heldIn(on.host, folder)
  const before = await mountsBelow(on.host, folder)
  for (const file of fill) await on.put(`${folder}/${file}`)
  if (later !== undefined) await mounts(...later)
  const kept = await operatorMounts(on.host, [folder], before)
  const told: string[] = []
  await removeAdded(on.host, { path: folder, ...(held ? { held } : {}), ...tree }, kept, (place) =>
    told.push(place),
  )
  return told
}
const unmounted = () => on.calls.filter((line) => line.startsWith('umount')).map((line) => line.split(' ')[2])

describe('a folder that was there before as', () => {
  it('a disk of its own stays mounted and is emptied', async () => {
    await on.put(`${K3S}/lost+found/x`)
    await mounts(['8:16', '/', K3S])
    const told = await roundTrip(K3S, ['server/db', 'agent/images/a.tar'])
    expect([await readdir(at(K3S)), unmounted()]).toEqual([['lost+found'], []])
    expect(told.sort()).toEqual([`${K3S}/agent`, `${K3S}/server`])
  })

  it('a bind mount stays, and what was mounted in it by pods goes', async () => {
    await mkdir(at('/var/lib/kubelet'), { recursive: true })
    const bound = ['8:1', '/data/kubelet', '/var/lib/kubelet'] as const
    const volume = '/var/lib/kubelet/pods/1/volumes/t'
    await mounts(bound)
    await roundTrip('/var/lib/kubelet', ['pods/1/x'], {}, [bound, ['0:30', '/', volume]])
    expect([await readdir(at('/var/lib/kubelet')), unmounted()]).toEqual([[], [volume]])
  })

  it('a link to another disk stays, and mounts behind it are found', async () => {
    await mkdir(at('/data/kubelet'), { recursive: true })
    await mkdir(at('/var/lib'), { recursive: true })
    await symlink('../../data/kubelet', at('/var/lib/kubelet'))
    const disk = ['8:16', '/', '/data'] as const
    await mounts(disk)
    await roundTrip('/var/lib/kubelet', ['pods/1/x'], {}, [disk, ['0:30', '/', '/data/kubelet/pods/1/t']])
    expect([await readdir(at('/data/kubelet')), await readdir(at('/var/lib'))]).toEqual([[], ['kubelet']])
    expect(unmounted()).toEqual(['/var/lib/kubelet/pods/1/t'])
  })

  it('a link that leads nowhere yet stays', async () => {
    await mkdir(at('/var/lib'), { recursive: true })
    await symlink('../../data/c', at('/var/lib/containerd'))
    await roundTrip('/var/lib/containerd', [])
    expect(await readdir(at('/var/lib'))).toEqual(['containerd'])
  })

  it('a subvolume or a plain folder stays with what it held', async () => {
    await on.put('/var/lib/containerd/theirs/x')
    await roundTrip('/var/lib/containerd', ['io.containerd.content.v1.content/blobs', 'theirs/new'])
    expect(await readdir(at('/var/lib/containerd'))).toEqual(['theirs'])
  })
})

it('empties a disk or a linked folder deep in a folder, and leaves the way to it', async () => {
  await mkdir(at(`${K3S}/agent/containerd`), { recursive: true })
  await mkdir(at('/data/server'), { recursive: true })
  await symlink('../../../../data/server', at(`${K3S}/server`))
  await mounts(['8:16', '/', `${K3S}/agent/containerd`])
  await roundTrip(K3S, ['agent/containerd/content/x', 'agent/images/a', 'server/db', 'data/y'])
  expect(await readdir(at(K3S))).toEqual(['agent', 'server'])
  expect(await readdir(at(`${K3S}/agent`))).toEqual(['containerd'])
  expect([await readdir(at(`${K3S}/agent/containerd`)), await readdir(at('/data/server'))]).toEqual([[], []])
})

it('keeps volumes of applications, also on a disk of their own', async () => {
  await mkdir(at(`${K3S}/storage`), { recursive: true })
  await mounts(['8:16', '/', `${K3S}/storage`])
  await roundTrip(K3S, ['storage/pvc/data', 'server/db'], { keep: ['storage'] })
  expect([await readdir(at(`${K3S}/storage`)), unmounted()]).toEqual([['pvc'], []])
})

it('keeps a disk that the operator mounted after the installation, or named in fstab', async () => {
  const folder = '/var/lib/kubelet'
  await on.put(`${folder}/pods/x`)
  await on.put(`${folder}/plugins/y`)
  await mounts(['8:16', '/', folder], ['8:17', '/', `${folder}/plugins`])
  await on.put('/etc/fstab', `# ${folder}/pods is not\n/dev/sdc1\t${folder}/plugins ext4 defaults 0 0\n`)
  const kept = await operatorMounts(on.host, [folder], [])
  expect(kept).toEqual([folder, `${folder}/plugins`])
  await removeAdded(on.host, { path: folder }, kept, () => {})
  expect([await readdir(at(folder)), await readdir(at(`${folder}/plugins`))]).toEqual([['plugins'], []])
})

it('unmounts a folder that a kubelet has bound to itself', async () => {
  await mkdir(at('/var/lib/kubelet'), { recursive: true })
  await mounts(['8:1', '/var/lib/kubelet', '/var/lib/kubelet'])
  expect(await operatorMounts(on.host, ['/var/lib/kubelet'], [])).toEqual([])
})

it('removes a folder that was not there, or was recreated, as a whole', async () => {
  expect(await roundTrip('/var/lib/cni', ['networks/1'])).toEqual(['/var/lib/cni'])
  expect(await readdir(at('/var/lib'))).toEqual([])
  expect(await roundTrip('/run/k3s', [])).toEqual([])
})

it('purges a folder for good, but only the content of a mount point', async () => {
  await on.put(`${K3S}/storage/pvc/data`)
  await mounts(['8:16', '/', `${K3S}/storage`])
  await removeFolder(on.host, `${K3S}/storage`)
  expect(await readdir(at(`${K3S}/storage`))).toEqual([])
  await mounts()
  await removeFolder(on.host, `${K3S}/storage`)
  expect(await readdir(at(K3S))).toEqual([])
})

it('purges a folder but for a disk in it, which is emptied', async () => {
  for (const file of ['disk/lost+found/x', 'disk/data', 'pvc/data']) await on.put(`${K3S}/storage/${file}`)
  await mounts(['8:16', '/', `${K3S}/storage/disk`])
  await removeFolder(on.host, `${K3S}/storage`)
  expect(await readdir(at(`${K3S}/storage`))).toEqual(['disk'])
  expect([await readdir(at(`${K3S}/storage/disk`)), unmounted()]).toEqual([['lost+found'], []])
})

it('purges what a link leads to, and leaves the link', async () => {
  await on.put('/mnt/volumes/pvc/data')
  await mkdir(at(K3S), { recursive: true })
  await symlink('../../../../mnt/volumes', at(`${K3S}/storage`))
  await removeFolder(on.host, `${K3S}/storage`)
  expect([await readdir(at(`${K3S}/storage`)), await readdir(at('/mnt'))]).toEqual([[], ['volumes']])
})
