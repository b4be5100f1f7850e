import { mkdir, rm, statfs } from 'node:fs/promises'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'

/** Enough for an installation to go on once the space is given back; the file is sparse. */
const ROOM = 8 * 1024 ** 3

export interface FullDiskOptions {
  /** The folder as this machine sees it. */
  readonly folder: string
  /** The file that holds the new file system. */
  readonly image: string
  readonly leaveBytes: number
}

export interface FullDisk {
  /** The loop device's name, `loop3`. */
  readonly device: string
  /** Gives the space back. */
  empty(): Promise<void>
}

/** Lays an ext4 file system with the same content over a folder and fills it up. */
export async function layFullDisk({ folder, image, leaveBytes }: FullDiskOptions): Promise<FullDisk> {
  await mkdir(folder, { recursive: true })
  const used = Number((await mustExec(exec, 'du', ['-sxB1', folder])).split('\t')[0])
  await mustExec(exec, 'truncate', ['-s', String(used * 2 + ROOM + leaveBytes), image])
  await mustExec(exec, 'mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', image])
  const device = (await mustExec(exec, 'losetup', ['--find', '--show', image])).trim()
  const made = `${image}.mount`
  await mkdir(made, { recursive: true })
  await mustExec(exec, 'mount', ['-t', 'ext4', device, made])
  await rm(path.join(made, 'lost+found'), { recursive: true })
  await mustExec(exec, 'cp', ['-a', `${folder}/.`, made])
  const filler = path.join(made, '.filler')
  await fill(filler, made, leaveBytes)
  await mustExec(exec, 'mount', ['--bind', made, folder])
  return { device: path.basename(device), empty: () => rm(filler, { force: true }) }
}

/** Blocks that hold the filler's own map make one round too few: it goes on until the rest is right. */
async function fill(filler: string, folder: string, leaveBytes: number): Promise<void> {
  let size = 0
  for (let round = 0; round < 8; round++) {
    const { bavail, bsize } = await statfs(folder)
    const over = bavail * bsize - leaveBytes
    if (over < bsize) return
    size += Math.floor(over / bsize) * bsize
    if ((await exec('fallocate', ['-l', String(size), filler])).code !== 0) {
      size -= bsize * 8
      await exec('fallocate', ['-l', String(size), filler])
    }
  }
}
