import { mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { mountsBelow, operatorMounts, removeNamespaces, unmountBelow } from './mounts.ts'

const KUBELET = '/var/lib/kubelet'
const ROOT = '8:1 / /'

let on: Trial
beforeEach(async () => {
  on = await trial()
  await mkdir(path.join(on.root, KUBELET), { recursive: true })
  on.script('umount', '')
})
afterEach(() => on[Symbol.asyncDispose]())

/** @param mounts `DEVICE FOLDER PLACE`, as in proc_pid_mountinfo(5) */
const mounted = (...mounts: readonly string[]) =>
  on.put('/proc/self/mountinfo', mounts.map((mount) => `36 35 ${mount} rw - ext4 /dev/x rw\n`).join(''))

const unmounted = () => on.calls.map((line) => line.replace('umount -l ', ''))

describe('mounts of the operator', () => {
  const found = (before: readonly string[] = []) => operatorMounts(on.host, [KUBELET], before)

  it('are not those that pods have made', async () => {
    await mounted(ROOT, `0:50 / ${KUBELET}/pods/1/volumes/token`)
    expect(await found()).toEqual([])
  })

  it('are those from before the installation', async () => {
    await mounted(ROOT, `8:2 / ${KUBELET}/pods`, `0:50 / ${KUBELET}/plugins`)
    expect(await found([`${KUBELET}/pods`])).toEqual([`${KUBELET}/pods`])
  })

  it('are those of fstab, whose blanks are octal, and not those that are commented out', async () => {
    await on.put('/etc/fstab', `/dev/b ${KUBELET}/my\\040disk ext4\n# /dev/c ${KUBELET}/old ext4\n`)
    await mounted(ROOT, `8:2 / ${KUBELET}/my\\040disk`, `8:3 / ${KUBELET}/old`)
    expect(await found()).toEqual([`${KUBELET}/my disk`])
  })

  it.each([
    ['a disk', '8:2 /'],
    ['another folder of the same disk', '8:1 /data/kubelet'],
  ])('are %s on the folder itself', async (_title, mount) => {
    await mounted(ROOT, `${mount} ${KUBELET}`)
    expect(await found()).toEqual([KUBELET])
  })

  it('are not the folder that a kubelet binds to itself, also on a disk of its own', async () => {
    await mounted(ROOT, `8:1 ${KUBELET} ${KUBELET}`)
    expect(await found()).toEqual([])
    await mounted(ROOT, '8:2 / /var/lib', `8:2 /kubelet ${KUBELET}`)
    expect(await found()).toEqual([])
  })

  it('are found behind a link, under its name', async () => {
    await mkdir(path.join(on.root, '/data/state/disk'), { recursive: true })
    await symlink('../../data/state', path.join(on.root, '/var/lib/linked'))
    await on.put('/etc/fstab', '/dev/b /data/state/disk ext4\n')
    await mounted(ROOT, '8:2 / /data/state/disk')
    expect(await operatorMounts(on.host, ['/var/lib/linked'], [])).toEqual(['/var/lib/linked/disk'])
  })
})

it('a folder with the same beginning is not below', async () => {
  await mounted(ROOT, `8:2 / ${KUBELET}-old`, `8:3 / ${KUBELET}/pods`)
  expect(await mountsBelow(on.host, KUBELET)).toEqual([`${KUBELET}/pods`])
  expect(await mountsBelow(on.host, '/not/there')).toEqual([])
})

it('unmounts the deepest first, and nothing that is kept', async () => {
  await mounted(ROOT, `8:1 / ${KUBELET}`, `0:5 / ${KUBELET}/pods/1/tmp`, `8:2 / ${KUBELET}/disk`)
  await unmountBelow(on.host, KUBELET, [KUBELET, `${KUBELET}/disk`])
  expect(unmounted()).toEqual([`${KUBELET}/pods/1/tmp`])
  on.calls.length = 0
  await unmountBelow(on.host, KUBELET)
  expect(unmounted()).toEqual([`${KUBELET}/pods/1/tmp`, `${KUBELET}/disk`, KUBELET])
})

it('leaves a folder that a kubelet has bound to itself while a disk of the operator lies on it', async () => {
  await mounted(ROOT, `8:1 ${KUBELET} ${KUBELET}`, `8:2 / ${KUBELET}/pods/disk`, `0:5 / ${KUBELET}/pods/1`)
  await unmountBelow(on.host, KUBELET, [`${KUBELET}/pods/disk`])
  expect(unmounted()).toEqual([`${KUBELET}/pods/1`])
})

it('ends where something cannot be unmounted, and not where it is gone meanwhile', async () => {
  await mounted(ROOT, `0:60 / ${KUBELET}/pods/1/nfs`)
  on.script('umount', () => ({ code: 32, stderr: 'umount: target is busy.\n' }))
  const error = { code: 'STEP_FAILED', because: { en: expect.stringContaining('target is busy') } }
  await expect(unmountBelow(on.host, KUBELET)).rejects.toMatchObject(error)
  on.script('umount', async () => {
    await mounted(ROOT)
    return { code: 32, stderr: 'umount: not mounted' }
  })
  await unmountBelow(on.host, KUBELET)
})

it('removes the namespaces of container runtimes, not those of others or from before', async () => {
  for (const name of ['cni-1', 'cni-2', 'blue']) await on.put(`/run/netns/${name}`)
  await mounted(ROOT, '0:4 net:[1] /run/netns/cni-1')
  await removeNamespaces(on.host, ['cni-2'])
  expect(unmounted()).toEqual(['/run/netns/cni-1'])
  expect(await on.text('/run/netns/cni-1')).toBeUndefined()
  expect(await on.text('/run/netns/cni-2')).toBe('')
  expect(await on.text('/run/netns/blue')).toBe('')
})
