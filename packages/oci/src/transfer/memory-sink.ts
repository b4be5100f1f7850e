import type { Readable } from 'node:stream'
import type { BlobSink } from './blob-sink.ts'

/** A sink for small things. */
export function memorySink(): BlobSink & { bytes(): Uint8Array } {
  let chunks: Buffer[] = []
  return {
    offset: async () => chunks.reduce((size, chunk) => size + chunk.length, 0),
    async append(_from, body: Readable) {
      for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk)
    },
    async reset() {
      chunks = []
    },
    bytes: () => Buffer.concat(chunks),
  }
}
