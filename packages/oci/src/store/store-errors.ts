import fs, { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import {
  CHUNK,
  coreCodes,
  type Digest,
  failures,
  fileErrorWords,
  isErrno,
  isNotRegular,
  type Text,
} from '@edgelift/core'
import { fail } from '../codes.ts'

const { O_RDONLY, O_NONBLOCK } = fs.constants

const coreFail = failures(coreCodes)

/**
 * A blob's file in chunks of 1 MiB; one that is not there, or is no regular file, is a STORE_BLOB_MISSING of the stream, one
 * that the disk cannot read a STORE_BLOB_DAMAGED.
 */
export function blobStream(file: string, digest: Digest): Readable {
  return createReadStream(file, {
    highWaterMark: CHUNK,
    fs: {
      ...fs,
      open: (name: string, _flags: string, _mode: number, done: (error: unknown, fd?: number) => void) =>
        fs.open(name, O_RDONLY | O_NONBLOCK, (error, fd) => {
          if (error !== null) return done(missingOr(error, digest))
          fs.fstat(fd, (problem, found) => {
            if (found?.isFile()) done(null, fd)
            else fs.close(fd, () => done(problem ?? blobMissing(digest)))
          })
        }),
      read: (fd: number, ...[into, offset, length, at, done]: ReadArguments) =>
        fs.read(fd, into, offset, length, at, (error, ...read) =>
          done(error === null ? null : unreadableOr(error, digest, file), ...read),
        ),
    },
  })
}

type ReadArguments = [
  into: Buffer,
  offset: number,
  length: number,
  at: number | null,
  done: (error: unknown, bytesRead: number, buffer: Buffer) => void,
]

/** For `catch`: turns what the system says about writing below `root` into an error for people. */
export function storeProblem(root: string): (error: unknown) => never {
  return (error) => {
    const because = placed(error)
    if (isErrno(error, 'ENOSPC', 'EDQUOT')) {
      throw coreFail(
        'DISK_FULL',
        {
          what: { en: `no space left for the store ${root}`, zh: `内容存储 ${root} 所在磁盘空间不足` },
          because,
          fix: {
            en: 'free space (edgelift store prune; df -i shows whether inodes are what lacks) or choose another disk with --store, then run it again: it resumes',
            zh: '请清理空间（edgelift store prune；df -i 可查看 inode 是否用完）或用 --store 换磁盘，再次运行会继续',
          },
        },
        { cause: error },
      )
    }
    if (
      !isErrno(
        error,
        'EACCES',
        'EPERM',
        'EROFS',
        'ENOENT',
        'ENOTDIR',
        'EEXIST',
        'ELOOP',
        'EISDIR',
        'ENAMETOOLONG',
      )
    ) {
      throw error
    }
    throw fail(
      'STORE_UNUSABLE',
      {
        what: { en: `the store ${root} cannot be written`, zh: `内容存储 ${root} 无法写入` },
        because,
        fix: isErrno(error, 'ENOTDIR', 'EEXIST', 'ELOOP', 'EISDIR')
          ? {
              en: 'move away what stands there, or choose another folder with --store or EDGELIFT_STORE',
              zh: '请移走该处的文件，或用 --store 或 EDGELIFT_STORE 选择其他目录',
            }
          : {
              en: 'choose a folder that this user can write with --store or EDGELIFT_STORE',
              zh: '请用 --store 或 EDGELIFT_STORE 选择当前用户可写的目录',
            },
      },
      { cause: error },
    )
  }
}

/** What the system says, and of which path: the store has many. */
function placed(error: unknown): Text {
  const words = fileErrorWords(error)
  const file = (error as { path?: unknown } | null)?.path
  return typeof file === 'string' ? { en: `${file}: ${words.en}`, zh: `${file}：${words.zh}` } : words
}

export function blobMissing(digest: Digest): Error {
  return fail('STORE_BLOB_MISSING', {
    what: { en: `${digest} is not in the store`, zh: `内容存储中没有 ${digest}` },
    fix: {
      en: 'build again with network access (without --offline), or choose the right store with --store',
      zh: '请在联网状态下（不加 --offline）重新构建，或用 --store 指定正确的内容存储',
    },
  })
}

export function blobDamaged(digest: Digest, what: string, found: string): Error {
  return fail('STORE_BLOB_DAMAGED', {
    what: { en: `${what}: its blob in the store is damaged`, zh: `${what}：内容存储中的数据块已损坏` },
    because: { en: `expected ${digest}, got ${found}`, zh: `期望 ${digest}，实际 ${found}` },
    fix: {
      en: 'run edgelift store verify, which removes damaged blobs, and build again',
      zh: '请运行 edgelift store verify 清除损坏的数据块，然后重新构建',
    },
  })
}

/** For what reading a blob's file ended with: a sector that the disk cannot read any more has no bytes that could be right. */
export function unreadableOr(error: unknown, digest: Digest, file: string): unknown {
  if (!isErrno(error, 'EIO')) return error
  const words = fileErrorWords(error)
  return fail(
    'STORE_BLOB_DAMAGED',
    {
      what: { en: `${digest} in the store cannot be read`, zh: `内容存储中的 ${digest} 无法读取` },
      because: { en: `${file}: ${words.en}`, zh: `${file}：${words.zh}` },
      fix: {
        en: 'check the disk, run edgelift store verify, which removes damaged blobs, and build again',
        zh: '请检查磁盘，运行 edgelift store verify 清除损坏的数据块，然后重新构建',
      },
    },
    { cause: error },
  )
}

/** For what opening a blob's file ended with: whatever stands there and is no regular file is no blob. */
export function missingOr(error: unknown, digest: Digest): unknown {
  return isNotRegular(error) || isErrno(error, 'ENOENT', 'ELOOP', 'ENXIO') ? blobMissing(digest) : error
}
