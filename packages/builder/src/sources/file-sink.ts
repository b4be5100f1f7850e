import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat, truncate } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CHUNK, isErrno } from '@edgelift/core'
import type { BlobSink } from '@edgelift/oci'

/** A sink that is a file, which it makes. For content whose SHA-256 is not known before it is there. */
export function fileSink(file: string): BlobSink {
  return {
    async offset() {
      return (await stat(file).catch(absent))?.size ?? 0
    },
    existing: () => createReadStream(file, { highWaterMark: CHUNK }),
    async append(from, body: Readable) {
      await (await open(file, 'a', 0o600)).close()
      await pipeline(body, createWriteStream(file, { flags: 'r+', start: from, highWaterMark: CHUNK }))
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
