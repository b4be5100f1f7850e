import { lstat, mkdir, readFile, readlink, rm } from 'node:fs/promises'
import path from 'node:path'
import { exec, isErrno, mustExec } from '@edgelift/core'
import { exists } from './cache.ts'
import { startVolatileDevice } from './volatile-disk.ts'

/** A node's disk: its folder on this machine, and its root as seen from there. */
export interface Disk {
  readonly folder: string
  readonly root: string
  /**
   * What a loss of power does to it, in whose course `stop` ends the node's processes. Afterwards `root` is there
   * again, as the node will find it.
   */
  losePower(stop: () => Promise<void>): Promise<void>
}

/** What a node's disk can hold, whatever this machine's has left; the file behind it is sparse. */
const SIZE = '64G'

export interface DiskOptions {
  readonly folder: string
  /** The folder of the root file system that it starts as. */
  readonly image: string
}

/**
 * A disk that starts as the image and keeps what is written. It is a file system of its own because a kubelet goes by
 * the share of it that is free: evictions must not depend on this machine's disk.
 */
export async function makeDisk({ folder, image }: DiskOptions): Promise<Disk> {
  const file = `${folder}.ext4`
  await mustExec(exec, 'truncate', ['-s', SIZE, file])
  await mustExec(exec, 'mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', '-E', 'nodiscard', file])
  // This machine does not lose its power when a node does: what is in its memory is on the node's disk.
  await mountLoop(file, folder, 'barrier=0,noinit_itable')
  return { folder, root: await layRoot(folder, image), losePower: (stop) => stop() }
}

/**
 * A disk that loses what was not flushed when the power goes, in any part of it: see volatile-disk/main.go. Its file
 * system has a journal, and is mounted as Debian mounts one.
 * @param cgroups of the lab: by them the disk's program is found when its owner is gone
 */
export async function makeVolatileDisk(
  { folder, image }: DiskOptions,
  cgroups: readonly string[],
): Promise<Disk> {
  const medium = `${folder}.ext4`
  const plugged = `${folder}.device`
  const mounted = path.join(folder, 'disk')
  await mustExec(exec, 'truncate', ['-s', SIZE, medium])
  await mustExec(exec, 'mkfs.ext4', ['-q', '-m', '0', '-E', 'nodiscard', medium])
  const plug = async () => {
    const device = await startVolatileDevice({ medium, folder: plugged, cgroups })
    await mountLoop(device.file, mounted, 'noinit_itable')
    return { device, root: await layRoot(mounted, image) }
  }
  let { device, root } = await plug()
  return {
    folder,
    root,
    losePower: async (stop) => {
      await device.losePower()
      await stop()
      await unmountBelow(mounted)
      await unmountBelow(plugged)
      device = (await plug()).device
    },
  }
}

async function mountLoop(file: string, folder: string, options: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await mustExec(exec, 'mount', ['-t', 'ext4', '-o', `loop,${options}`, file, folder])
}

/**
 * The root on a disk, which is mounted: an overlay over the image, except for /var/lib, which is a folder of the
 * disk's own file system, because containerd's overlays cannot lie on another overlay.
 */
async function layRoot(disk: string, image: string): Promise<string> {
  const root = path.join(disk, 'root')
  const upper = path.join(disk, 'upper')
  const work = path.join(disk, 'work')
  const state = path.join(disk, 'var-lib')
  for (const each of [root, upper, work]) await mkdir(each, { recursive: true })
  if (!(await exists(state)))
    await mustExec(exec, 'cp', ['-a', '--reflink=auto', path.join(image, 'var/lib'), state])
  const options = `lowerdir=${image},upperdir=${upper},workdir=${work}`
  await mustExec(exec, 'mount', ['-t', 'overlay', 'overlay', '-o', options, root])
  await mustExec(exec, 'mount', ['--bind', state, path.join(root, 'var/lib')])
  return root
}

/** Unmounts everything below `folder`, latest first; nothing is left mounted, busy or not. */
export async function unmountBelow(folder: string): Promise<void> {
  const points = (await readFile('/proc/self/mountinfo', 'utf8'))
    .split('\n')
    .map((line) => unescapeMount(line.split(' ')[4] ?? ''))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
  for (const point of points.reverse()) await exec('umount', ['-l', point])
}

/** mountinfo writes blanks and the like as three octal digits (proc(5)). */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}

/**
 * Where the node's `target` is on this machine, below `root`: symbolic links are followed as the node would follow
 * them, so that an absolute one cannot lead to a file of this machine.
 */
export async function inside(root: string, target: string): Promise<string> {
  let parts = target.split('/').filter((part) => part !== '')
  let at: string[] = []
  for (let steps = 0; parts.length > 0; steps++) {
    if (steps > 255) throw new Error(`${target}: too many symbolic links`)
    const [first = '', ...rest] = parts
    parts = rest
    if (first === '.') continue
    if (first === '..') {
      at = at.slice(0, -1)
      continue
    }
    const link = await linkAt(path.join(root, ...at, first))
    if (link === undefined) at = [...at, first]
    else {
      if (link.startsWith('/')) at = []
      parts = [...link.split('/').filter((part) => part !== ''), ...parts]
    }
  }
  return path.join(root, ...at)
}

async function linkAt(file: string): Promise<string | undefined> {
  try {
    return (await lstat(file)).isSymbolicLink() ? await readlink(file) : undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Copies with owners, modes and attributes; blocks are shared where the file system can. */
export async function copyTree(source: string, target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true })
  await rm(target, { recursive: true, force: true })
  await mustExec(exec, 'cp', ['-a', '--reflink=auto', source, target])
}
