import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exec, takeLock } from '@edgelift/core'
import { exists, nodesFolder } from './cache.ts'
import { cgroupFolders, removeCgroups } from './cgroups.ts'
import { unmountBelow } from './disk.ts'
import { removeNetwork } from './network.ts'

/** A place for one test's nodes. Everything made for them bears its id, so that it can be found and removed. */
export interface Lab extends AsyncDisposable {
  readonly id: string
  readonly folder: string
  /** Control groups for what belongs to the lab but not to one node. */
  readonly cgroups: readonly string[]
}

/** Opens a lab, after removing those whose owner has died. Disposing removes all of it. */
export async function openLab(): Promise<Lab> {
  await sweep()
  const labs = labsFolder()
  await mkdir(labs, { recursive: true })
  const id = randomBytes(4).toString('hex')
  // The lock comes first and goes last: whatever else is found without a living owner is a leftover.
  const lock = await takeLock(path.join(labs, `${id}.lock`))
  const folder = path.join(labs, id)
  await mkdir(folder)
  const dispose = async () => {
    await removeLab(id)
    await lock[Symbol.asyncDispose]()
  }
  return { id, folder, cgroups: await cgroupFolders(`edgelift-${id}`), [Symbol.asyncDispose]: dispose }
}

/**
 * Removes what killed test runs left on this machine: processes, control groups, network namespaces, mounts, loop
 * devices and folders of every lab whose owner is not alive.
 * @returns the ids of the labs that were removed
 */
export async function sweep(): Promise<string[]> {
  const names = await readdir(labsFolder()).catch(() => [])
  // A lock that is just being taken has other names: it is nobody's leftover.
  const ids = new Set(names.map((name) => /^([0-9a-f]{8})(\.lock)?$/.exec(name)?.[1] ?? ''))
  ids.delete('')
  const removed: string[] = []
  for (const id of ids) {
    const lock = await takeLock(path.join(labsFolder(), `${id}.lock`)).catch(() => undefined)
    if (lock === undefined) continue
    await removeLab(id)
    await lock[Symbol.asyncDispose]()
    removed.push(id)
  }
  return removed
}

function labsFolder(): string {
  return path.join(nodesFolder(), 'labs')
}

/** Goes through in any state that a killed run may have left, and twice. */
async function removeLab(id: string): Promise<void> {
  const folder = path.join(labsFolder(), id)
  await removeCgroups(await allCgroups(id))
  await removeNetwork(id)
  await unmountBelow(folder)
  await detachLoops(folder)
  for (const kind of ['propagate', 'unix-export', 'locks']) {
    const names = await readdir(`/run/systemd/nspawn/${kind}`).catch(() => [])
    for (const name of names.filter((each) => each.includes(`edgelift-${id}-`))) {
      await rm(`/run/systemd/nspawn/${kind}/${name}`, { recursive: true, force: true })
    }
  }
  // With the one-file-system flag a mount that could not be undone is not emptied.
  if (await exists(folder)) await exec('rm', ['-rf', '--one-file-system', folder])
}

/** Wherever they are below the hierarchies: a sweeping process may stand in another group than the dead owner did. */
async function allCgroups(id: string): Promise<string[]> {
  const { stdout } = await exec('find', [
    '/sys/fs/cgroup',
    '-type',
    'd',
    '-name',
    `edgelift-${id}*`,
    '-prune',
  ])
  return stdout.split('\n').filter((line) => line !== '')
}

/** Seconds for the kernel to write what is left of a disk that was unmounted, and to let go of its device. */
const LETTING_GO = 30

/** Returns when they are gone: an unmounted file system is let go a moment later, as soon as nobody looks at it any more. */
async function detachLoops(folder: string): Promise<void> {
  const until = Date.now() + LETTING_GO * 1000
  for (;;) {
    const devices = await loopsOf(folder)
    if (devices.length === 0 || Date.now() > until) return
    for (const device of devices) await exec('losetup', ['--detach', device])
    await sleep(500)
  }
}

async function loopsOf(folder: string): Promise<string[]> {
  const { stdout } = await exec('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE'])
  return stdout.split('\n').flatMap((line) => {
    const [device, file] = line.trim().split(/\s+/)
    return device !== undefined && file?.startsWith(`${folder}/`) ? [device] : []
  })
}
