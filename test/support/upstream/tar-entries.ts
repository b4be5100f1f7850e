import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { CHUNK } from '@edgelift/core'
import { extract, type Header } from 'tar-stream'

/** Reads a tar, gzipped or not, entry by entry. What `see` does not read of a content is passed over. */
export async function eachTarEntry(
  file: string,
  see: (header: Header, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const reader = extract()
  const bytes = createReadStream(file, { highWaterMark: CHUNK })
  const sink = reader as unknown as Writable
  const read = (await isGzip(file))
    ? pipeline(bytes, createGunzip({ chunkSize: CHUNK }), sink)
    : pipeline(bytes, sink)
  const seen = (async () => {
    for await (const entry of reader) {
      await see(entry.header, entry as unknown as AsyncIterable<Uint8Array>)
      entry.resume()
    }
  })().catch((error: Error) => {
    reader.destroy(error)
    throw error
  })
  await Promise.all([seen, read])
}

/** Writes one file of a tar to `to`; false when there is none of that name. */
export async function extractTarFile(file: string, name: string, to: string): Promise<boolean> {
  let found = false
  await eachTarEntry(file, async (header, content) => {
    if (header.name !== name || header.type !== 'file') return
    found = true
    await pipeline(content, createWriteStream(to))
  })
  return found
}

export async function isGzip(file: string): Promise<boolean> {
  const handle = await open(file, 'r')
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return buffer[0] === 0x1f && buffer[1] === 0x8b
  } finally {
    await handle.close()
  }
}
