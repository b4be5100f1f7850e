import { PassThrough, Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { isZstd, unzstd } from './zstd-frames.ts'

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd])
/** A block's header: whether it is the last, its type and its size. */
const block = (isLast: boolean, type: number, size: number) => {
  const header = Buffer.alloc(3)
  header.writeUIntLE((size << 3) | (type << 1) | Number(isLast), 0, 3)
  return header
}
const SKIPPED = Buffer.concat([Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]), Buffer.from('skip')])
/** Frames of raw blocks, with each form of a header. */
const FRAMES: readonly (readonly [string, Buffer])[] = [
  [
    'one that names its size',
    Buffer.concat([MAGIC, Buffer.from([0x20, 3]), block(true, 0, 3), Buffer.from('one')]),
  ],
  [
    'two blocks and a checksum',
    Buffer.concat([
      MAGIC,
      Buffer.from([0x04, 0x58]),
      ...[block(false, 0, 3), Buffer.from('two')],
      ...[block(true, 1, 5), Buffer.from('x')],
      Buffer.from('sum!'),
    ]),
  ],
  [
    'a size of 8 bytes',
    Buffer.concat([
      MAGIC,
      Buffer.from([0xe0, 3, 0, 0, 0, 0, 0, 0, 0]),
      block(true, 0, 3),
      Buffer.from('big'),
    ]),
  ],
  [
    'a dictionary',
    Buffer.concat([MAGIC, Buffer.from([0x43, 0x58, 1, 2, 3, 4, 5, 6]), block(true, 0, 1), Buffer.from('d')]),
  ],
]

/** What each decoder was given. */
async function split(bytes: Buffer, cut = bytes.length, limit?: number): Promise<Buffer[]> {
  const given: Buffer[] = []
  const decoder = {
    whole: (frame: Buffer) => {
      given.push(frame)
      return frame
    },
    stream: () => new PassThrough().once('finish', () => given.push(Buffer.from('stream'))),
  }
  const pieces = Array.from({ length: Math.ceil(bytes.length / cut) }, (_, n) =>
    bytes.subarray(n * cut, (n + 1) * cut),
  )
  for await (const _ of unzstd(Readable.from(pieces, { objectMode: false }), decoder, limit));
  return given
}

describe('frames of zstd', () => {
  const frames = FRAMES.map(([, frame]) => frame)
  const all = Buffer.concat([SKIPPED, ...frames.flatMap((frame) => [frame, SKIPPED])])

  it.each(FRAMES)('end where they say: %s', async (_, frame) => {
    expect(await split(Buffer.concat([frame, frame]))).toEqual([frame, frame])
  })

  it('go to a decoder each, and those to be skipped to none, however the stream is cut', async () => {
    expect(await split(all)).toEqual(frames)
    expect(await split(all, 1)).toEqual(frames)
  })

  it.each(['garbage', 'x', 'Z*M'])('are followed by nothing else: %s', async (rest) => {
    await expect(split(Buffer.concat([all, Buffer.from(rest)]))).rejects.toThrow(/something else/)
  })

  it('are whole, those to be skipped too', async () => {
    await expect(split(all.subarray(0, -1))).rejects.toThrow(/cut off/)
  })

  it('are decoded as a stream where they are large', async () => {
    const large = Buffer.concat([
      MAGIC,
      Buffer.from([0x20, 3]),
      block(true, 0, 100_000),
      Buffer.alloc(100_000),
    ])
    expect(await split(Buffer.concat([...frames, large, ...frames]))).toEqual([
      ...frames,
      Buffer.from('stream'),
      ...frames,
    ])
  })

  it('are counted, those to be skipped too', async () => {
    await expect(split(all, all.length, 2 * frames.length)).rejects.toThrow(/frames of zstd/)
    expect(await split(all, all.length, 2 * frames.length + 1)).toEqual(frames)
  })

  it('are known by their first bytes', () => {
    expect([SKIPPED, MAGIC, Buffer.from('x'), Buffer.from('PK\x03\x04')].map(isZstd)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})
