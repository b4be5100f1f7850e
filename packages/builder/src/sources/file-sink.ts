import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat, truncate } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CHUNK, isErrno, namingPath } from '@edgelift/core'
import type { BlobSink } from '@edgelift/oci'

/** What a write to an open file ends with; it names no path. */
const OF_DISKS = ['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG', 'EROFS']

/** A sink that is a file, which it makes. For content whose SHA-256 is not known before it is there. */
export function fileSink(file: string): BlobSink {
  return {
    async offset() {
      return (await stat(file).catch(absent))?.size ?? 0
    },
    existing: () => createReadStream(file, { highWaterMark: CHUNK }),
    async append(from, body: Readable) {
      await (await open(file, 'a', 0o600)).close()
      const into = createWriteStream(file, { flags: 'r+', start: from, highWaterMark: CHUNK })
      await pipeline(body, into).catch((error: unknown) => {
        const isOfDisk = isErrno(error, ...OF_DISKS) && (error as NodeJS.ErrnoException).syscall === 'write'
        if (isOfDisk) return namingPath(file)(error)
        throw error // the source's own
      })
    },
    async reset() {
      await truncate(file, 0).catch(absent)
    },
  }
}

function absent(error: unknown): undefined {
  if (isErrno(error, 'ENOENT')) return undefined
  throw error
}
