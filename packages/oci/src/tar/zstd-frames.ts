import { pipeline, Readable } from 'node:stream'
import { type ByteReader, byteReader, CHUNK } from '@edgelift/core'
import { TarError } from './tar-error.ts'

/** Node's decoder of zstd, for a stream and for what is in memory. */
export interface Decoder {
  readonly stream: (options: { readonly chunkSize: number }) => NodeJS.ReadWriteStream & Readable
  readonly whole: (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer
}

const FRAME = 0xfd2fb528
/** Frames of one stream. zstd:chunked has one for each file or 64 KiB; each costs time, however little is in it. */
const FRAMES_LIMIT = 1_000_000
/** Bytes of a frame that is decoded at once: a stream for each takes ten times as long where there are many. */
const SMALL = 64 * 1024
const SMALL_CONTENT = 1024 * 1024
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
export async function* unzstd(
  source: Readable,
  decoder: Decoder,
  framesLimit = FRAMES_LIMIT,
): AsyncGenerator<Buffer> {
  const reader = byteReader(source as AsyncIterable<Buffer>)
  try {
    for (let frames = 0; ; frames++) {
      if (frames > framesLimit) throw tooMany()
      const magic = await reader.take(4)
      if (magic.length === 0) return
      const number = magic.length < 4 ? 0 : magic.readUInt32LE()
      if (isSkippable(number)) {
        const size = await reader.take(4)
        if (size.length < 4) throw noFrame()
        let left = size.readUInt32LE()
        for await (const piece of reader.pass(left)) left -= piece.length
        if (left > 0) throw cutOff()
      } else if (number === FRAME) {
        yield* decodedFrame(frameOf(reader, magic), decoder)
      } else throw noFrame()
    }
  } finally {
    source.destroy()
  }
}

async function* decodedFrame(frame: AsyncGenerator<Buffer>, decoder: Decoder): AsyncGenerator<Buffer> {
  const head: Buffer[] = []
  let size = 0
  while (size <= SMALL) {
    const next = await frame.next()
    if (next.done === true) {
      const content = atOnce(Buffer.concat(head), decoder)
      if (content !== undefined) return yield content
      break
    }
    head.push(next.value)
    size += next.value.length
  }
  async function* all(): AsyncGenerator<Buffer> {
    yield* head
    yield* frame
  }
  const stream = decoder.stream({ chunkSize: CHUNK })
  const ended = new Promise((resolve) =>
    pipeline(Readable.from(all(), { objectMode: false }), stream, resolve),
  )
  yield* stream as AsyncIterable<Buffer>
  await ended
}

/** Undefined where it is more than fits into memory. */
function atOnce(frame: Buffer, decoder: Decoder): Buffer | undefined {
  try {
    return decoder.whole(frame, { maxOutputLength: SMALL_CONTENT })
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw error
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

function tooMany(): TarError {
  return new TarError('it has more than a million frames of zstd', 'zstd 帧超过一百万个')
}

function cutOff(): TarError {
  return new TarError('its zstd stream is cut off', '其 zstd 数据流不完整')
}

function noFrame(): TarError {
  return new TarError('behind a frame of zstd stands something else', 'zstd 帧之后的内容不是 zstd 帧')
}
