import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Digest, digestOf } from '@edgelift/core'
import { type Header, pack } from 'tar-stream'

/** What a test writes into a tar: a header, and for files a content. */
export type SampleEntry = Partial<Header> & { readonly name: string; readonly content?: string | Buffer }

/** A tar with these entries, however malicious: names are written as they are. */
export async function tarWith(entries: readonly SampleEntry[]): Promise<Buffer> {
  const tar = pack()
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry({ type: 'file', ...header }, '')
    else tar.entry(header, content)
  }
  tar.finalize()
  return buffer(tar)
}

/** A store in memory: what was put, by digest. */
export function memoryStore() {
  const blobs = new Map<Digest, Buffer>()
  return {
    blobs,
    open: (digest: Digest) => Readable.from([blobs.get(digest) ?? Buffer.alloc(0)], { objectMode: false }),
    put: async (stream: Readable) => {
      const bytes = await buffer(stream)
      const digest = digestOf(bytes)
      blobs.set(digest, bytes)
      return { digest, size: bytes.length }
    },
    textOf: (digest: Digest | undefined) => String(digest && blobs.get(digest)),
  }
}
