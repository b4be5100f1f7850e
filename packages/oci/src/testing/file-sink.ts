import { createReadStream, createWriteStream } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { digestOf } from '@edgelift/core'
import type { BlobSink } from '../transfer/blob-sink.ts'

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

/** As {@link fileSink}, of the other kind: it hashes by itself. */
export function hashingSink(file: string): BlobSink {
  const { offset, append, reset } = fileSink(file)
  return {
    offset,
    append,
    reset,
    async content() {
      const bytes = await readFile(file)
      return { size: bytes.length, digest: digestOf(bytes) }
    },
  }
}
