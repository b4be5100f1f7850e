import { realpath } from 'node:fs/promises'
import path from 'node:path'
import {
  coreCodes,
  EdgeliftError,
  failures,
  formatBytes,
  isErrno,
  shellWord,
  type Text,
} from '@edgelift/core'
import { existsOnHost, type Host, onHost } from './host.ts'
import { mountOf, mountTable } from './mount-table.ts'
import { nearestThere, type Room } from './places.ts'

const fail = failures(coreCodes)

export interface Writing {
  /** What is written. */
  readonly file: string
  /** Bytes that it needs. */
  readonly size: number
}

/**
 * Does work that writes a file, and says what is wrong when the disk is full or cannot be written to.
 * @throws DISK_FULL, DISK_READ_ONLY, with the path and what is needed; anything else as it came
 */
export async function writingTo<T>(host: Host, writing: Writing, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isFull(error)) throw await diskFull(host, writing, error)
    if (isErrno(error, 'EROFS')) throw diskReadOnly(writing.file, error)
    throw error
  }
}

/** A full disk as the system says it, or as programs print it. */
function isFull(error: unknown): boolean {
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return true
  return error instanceof EdgeliftError && /no space left on device/i.test(error.because?.en ?? '')
}

const FULL = 8 * 1024 * 1024 // bytes; below this nothing can be laid down any more

/** For waits: what others write to may be full while they only log it. @throws DISK_FULL */
export async function refuseFullDisk(host: Host, folder: string): Promise<void> {
  const { freeBytes, inodes } = await nearestThere(host, folder)
  if (freeBytes < FULL || inodes?.free === 0) throw await diskFull(host, { file: folder, size: FULL })
}

/**
 * For what removes and puts back files: nothing is begun that a read-only mount would end half way.
 * @param paths of which those count that are there
 * @throws DISK_READ_ONLY
 */
export async function refuseReadOnly(host: Host, paths: readonly string[]): Promise<void> {
  const mounts = await mountTable(host)
  for (const place of paths) {
    if (!(await existsOnHost(host, place))) continue
    const folder = await realpath(onHost(host, path.dirname(place)))
    if (mountOf(folder, mounts)?.options.includes('ro') === true) throw diskReadOnly(place)
  }
}

async function diskFull(host: Host, { file, size }: Writing, cause?: unknown): Promise<EdgeliftError> {
  const room = await nearestThere(host, file)
  const isQuota = isErrno(cause, 'EDQUOT')
  return fail(
    'DISK_FULL',
    {
      what: { en: `no space left for ${file}`, zh: `磁盘空间不足，无法写入 ${file}` },
      ...(isQuota ? quotaUsedUp(file) : whyFull(room, { file, size })),
    },
    { cause },
  )
}

interface WhyFull {
  readonly because: Text
  readonly fix: Text
}

/** A disk may have bytes left and no inode, of which each file takes one. */
export function whyFull({ freeBytes, inodes }: Room, { file, size }: Writing): WhyFull {
  const folder = path.dirname(file)
  if (inodes?.free === 0 && freeBytes >= size) {
    return {
      because: {
        en: `all ${inodes.total} inodes of that disk are in use, though ${formatBytes(freeBytes)} are free: it can hold no more files`,
        zh: `该磁盘的 ${inodes.total} 个 inode 已全部用完，虽仍剩余 ${formatBytes(freeBytes)}，但无法再创建文件`,
      },
      fix: {
        en: `delete files that nobody needs (df -i ${folder}) and run it again: completed work is kept`,
        zh: `请删除不需要的文件（df -i ${folder}）后重新运行：已完成的内容会保留`,
      },
    }
  }
  return {
    because: {
      en: `it needs ${formatBytes(size)}, and that disk has ${formatBytes(freeBytes)} free`,
      zh: `需要 ${formatBytes(size)}，该磁盘仅剩 ${formatBytes(freeBytes)}`,
    },
    fix: {
      en: `free some space (df -h ${folder}) and run it again: completed work is kept`,
      zh: `请释放空间（df -h ${folder}）后重新运行：已完成的内容会保留`,
    },
  }
}

function quotaUsedUp(file: string): WhyFull {
  const folder = path.dirname(file)
  return {
    because: { en: 'a disk quota is used up', zh: '磁盘配额已用尽' },
    fix: {
      en: `raise the quota that holds for ${folder}, and run it again: completed work is kept`,
      zh: `请提高 ${folder} 的配额后重新运行：已完成的内容会保留`,
    },
  }
}

function diskReadOnly(file: string, cause?: unknown): EdgeliftError {
  return fail(
    'DISK_READ_ONLY',
    {
      what: { en: `cannot write ${file}`, zh: `无法写入 ${file}` },
      because: { en: 'it is on a file system that is mounted read-only', zh: '其所在文件系统为只读挂载' },
      fix: {
        en: `mount it writable (findmnt -T ${shellWord(path.dirname(file))} shows which) and run it again`,
        zh: `请以可写方式重新挂载（findmnt -T ${shellWord(path.dirname(file))} 可查看）后重新运行`,
      },
    },
    { cause },
  )
}
