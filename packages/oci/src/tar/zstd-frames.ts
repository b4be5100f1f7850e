import { pipeline, Readable } from 'node:stream'
import { type ByteReader, byteReader, CHUNK } from '@edgelift/core'
import { TarError } from './tar-error.ts'

export type Decompress = (options: { readonly chunkSize: number }) => NodeJS.ReadWriteStream & Readable

const FRAME = 0xfd2fb528
/** Of a frame’s descriptor, its first byte behind the magic number. */
const FLAGS = { checksum: 0x04, single: 0x20 }

/** Whether bytes begin as zstd's do: with a frame, or with one that is to be skipped (RFC 8878, 3.1). */
export function isZstd(head: Buffer): boolean {
  return head.length >= 4 && (head.readUInt32LE() === FRAME || isSkippable(head.readUInt32LE()))
}

/**
 * What zstd has compressed, of however many frames: zstd:chunked has one for each file of a layer, and Node's decoder ends
 * without a word behind the first. Frames to be skipped are.
 * @throws {@link TarError} for what is no frame; the decoder's errors
 */
export async function* unzstd(source: Readable, decompress: Decompress): AsyncGenerator<Buffer> {
  const reader = byteReader(source as AsyncIterable<Buffer>)
  try {
    for (;;) {
      const magic = await reader.take(4)
      if (magic.length === 0) return
      const number = magic.length < 4 ? 0 : magic.readUInt32LE()
      if (isSkippable(number)) {
        const size = await reader.take(4)
        if (size.length < 4) throw noFrame()
        for await (const _ of reader.pass(size.readUInt32LE()));
      } else if (number === FRAME) {
        const frame = Readable.from(frameOf(reader, magic), { objectMode: false })
        const decoder = decompress({ chunkSize: CHUNK })
        const ended = new Promise((resolve) => pipeline(frame, decoder, resolve))
        yield* decoder as AsyncIterable<Buffer>
        await ended
      } else throw noFrame()
    }
  } finally {
    source.destroy()
  }
}

/** The bytes of a frame, up to its end (RFC 8878, 3.1.1); fewer where the stream ends before. */
async function* frameOf(reader: ByteReader, magic: Buffer): AsyncGenerator<Buffer> {
  yield magic
  const descriptor = await reader.take(1)
  yield descriptor
  const flags = descriptor[0] ?? 0
  const isSingle = (flags & FLAGS.single) !== 0
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0
  const size = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0
  yield await reader.take((isSingle ? 0 : 1) + dictionary + size)
  for (let isLast = false; !isLast; ) {
    const header = await reader.take(3)
    yield header
    if (header.length < 3) return
    const block = header.readUIntLE(0, 3)
    isLast = (block & 1) !== 0
    const isOneByteRepeated = ((block >> 1) & 3) === 1
    yield* reader.pass(isOneByteRepeated ? 1 : block >> 3)
  }
  if ((flags & FLAGS.checksum) !== 0) yield await reader.take(4)
}

function isSkippable(magic: number): boolean {
  return magic >>> 4 === 0x184d2a5
}

function noFrame(): TarError {
  return new TarError('behind a frame of zstd stands something else', 'zstd 帧之后的内容不是 zstd 帧')
}
