import { realpath, statfs } from 'node:fs/promises'
import path from 'node:path'
import { coreCodes, EdgeliftError, failures, formatBytes, isErrno } from '@edgelift/core'
import { existsOnHost, type Host, onHost } from './host.ts'
import { mountOf, mountTable } from './mount-table.ts'

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
  if ((await freeBytes(host, folder)) < FULL) throw await diskFull(host, { file: folder, size: FULL })
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
  const free = formatBytes(await freeBytes(host, file))
  const needed = formatBytes(size)
  return fail(
    'DISK_FULL',
    {
      what: { en: `no space left for ${file}`, zh: `磁盘空间不足，无法写入 ${file}` },
      because: {
        en: `it needs ${needed}, and that disk has ${free} free`,
        zh: `需要 ${needed}，该磁盘仅剩 ${free}`,
      },
      fix: {
        en: `free some space (df -h ${path.dirname(file)}) and run it again: completed work is kept`,
        zh: `请释放空间（df -h ${path.dirname(file)}）后重新运行：已完成的内容会保留`,
      },
    },
    { cause },
  )
}

function diskReadOnly(file: string, cause?: unknown): EdgeliftError {
  return fail(
    'DISK_READ_ONLY',
    {
      what: { en: `cannot write ${file}`, zh: `无法写入 ${file}` },
      because: { en: 'it is on a file system that is mounted read-only', zh: '其所在文件系统为只读挂载' },
      fix: {
        en: `mount it writable (findmnt -T ${path.dirname(file)} shows which) and run it again`,
        zh: `请以可写方式重新挂载（findmnt -T ${path.dirname(file)} 可查看）后重新运行`,
      },
    },
    { cause },
  )
}

async function freeBytes(host: Host, place: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(onHost(host, place))
    return bavail * bsize
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR') && place !== '/') return freeBytes(host, path.dirname(place))
    throw error
  }
}
