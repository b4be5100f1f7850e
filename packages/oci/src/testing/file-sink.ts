import { createReadStream, createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { BlobSink } from '../blob-sink.ts'

/** A sink on disk that keeps what arrived, as the store's does. */
export function fileSink(file: string): BlobSink & { readonly appends: number[] } {
  const appends: number[] = []
  return {
    appends,
    offset: async () => (await stat(file).catch(() => undefined))?.size ?? 0,
    existing: () => createReadStream(file),
    async append(from, body) {
      appends.push(from)
      await pipeline(body, createWriteStream(file, { flags: 'a' }))
    },
    reset: () => rm(file, { force: true }),
  }
}
