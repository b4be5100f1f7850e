import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, rm, truncate } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CHUNK } from '@edgelift/core'
import type { BlobSink } from '../transfer/blob-sink.ts'
import { sizeOf, writeInChunks } from './store-files.ts'

/** A blob on its way, in a file that outlives the process. */
export interface PartialFile extends BlobSink {
  existing(): Readable
  /** Bytes appended through this object. */
  received(): number
  /** Size and digest of what is there. Bytes appended here were hashed as they came and are not read again. */
  content(): Promise<{ readonly size: number; readonly digest: string }>
  /** Puts the bytes onto the disk, before a rename. */
  sync(): Promise<void>
}

export function partialFile(file: string): PartialFile {
  let hash = createHash('sha256')
  let hashed = 0 // the hash covers the file's first `hashed` bytes
  let received = 0
  const offset = async () => (await sizeOf(file)) ?? 0

  return {
    offset,
    received: () => received,
    existing: () => createReadStream(file, { highWaterMark: CHUNK }),
    async append(from, body) {
      const length = await offset()
      if (from > length) throw new Error(`append at ${from} to a partial of ${length} bytes`)
      if (from < length) await truncate(file, from)
      if (hashed > from) {
        hash = createHash('sha256')
        hashed = 0
      }
      const handle = await open(file, 'a', 0o644)
      try {
        let at = from
        await writeInChunks(handle, body, (written) => {
          received += written.length
          if (hashed === at) {
            hash.update(written)
            hashed += written.length
          }
          at += written.length
        })
      } finally {
        await handle.close()
      }
    },
    async reset() {
      await rm(file, { force: true })
      hash = createHash('sha256')
      hashed = 0
    },
    async content() {
      const size = await offset()
      if (hashed === size) return { size, digest: `sha256:${hash.copy().digest('hex')}` }
      const whole = createHash('sha256')
      await pipeline(
        createReadStream(file, { highWaterMark: CHUNK }),
        async (source: AsyncIterable<Buffer>) => {
          for await (const chunk of source) whole.update(chunk)
        },
      )
      return { size, digest: `sha256:${whole.digest('hex')}` }
    },
    async sync() {
      const handle = await open(file, 'a', 0o644)
      try {
        await handle.sync()
      } finally {
        await handle.close()
      }
    },
  }
}
