import zlib, { deflateRawSync, gzipSync } from 'node:zlib'
import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { type LayerContent, layerUnpacker } from './layer-content.ts'

const TAR = Buffer.from('what a layer holds, '.repeat(50_000))
const WHOLE = { digest: digestOf(TAR), size: TAR.length }
const GZIP = gzipSync(TAR)

async function unpack(bytes: Buffer, options: { cut?: number; limit?: number } = {}): Promise<LayerContent> {
  const { cut = 1000, limit } = options
  const layer = layerUnpacker('a layer', limit)
  for (let at = 0; at < bytes.length; at += cut) await layer.write(bytes.subarray(at, at + cut))
  return layer.end()
}

/** With the byte that lies so far from the end inverted. */
function flipped(bytes: Buffer, fromEnd: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length - fromEnd] = (copy[copy.length - fromEnd] ?? 0) ^ 0xff
  return copy
}

/** As pigz and `bgzip` write: a name, an extra field and a checksum of the header (RFC 1952, 2.3.1). */
function withLongHeader(): Buffer {
  const head = Buffer.from([0x1f, 0x8b, 8, 0x0e, 0, 0, 0, 0, 0, 3, 2, 0, 1, 2, 0x61, 0])
  const sum = Buffer.alloc(2)
  sum.writeUInt16LE(crcOf(head) & 0xffff)
  return Buffer.concat([head, sum, deflateRawSync(TAR), GZIP.subarray(-8)])
}

/** Read from the trailer that zlib writes: `crc32` of `node:zlib` is younger than the oldest Node. */
function crcOf(bytes: Buffer): number {
  return gzipSync(bytes).readUInt32LE(gzipSync(bytes).length - 8)
}

describe('what containerd unpacks', () => {
  const half = TAR.length / 2
  it.each([
    ['gzip', GZIP],
    ['gzip of many members', Buffer.concat([gzipSync(TAR.subarray(0, half)), gzipSync(TAR.subarray(half))])],
    ['gzip with an empty last member, as eStargz has', Buffer.concat([GZIP, gzipSync('')])],
    ['gzip with everything that a header may have', withLongHeader()],
    ['a tar as it is', TAR],
  ])('%s: gives its diff_id, however it comes', async (_what, bytes) => {
    expect(await unpack(bytes)).toEqual(WHOLE)
    expect(await unpack(bytes, { cut: bytes.length })).toEqual(WHOLE)
  })

  it.each([1, 3])('comes in pieces of %i bytes', async (cut) => {
    expect(await unpack(gzipSync('short'), { cut })).toEqual({ digest: digestOf('short'), size: 5 })
  })

  it.each(['', 'x', '\u001f\u008b\u0007'])('no more than "%s" is a tar as it is', async (text) => {
    const bytes = Buffer.from(text, 'latin1')
    expect(await unpack(bytes)).toEqual({ digest: digestOf(bytes), size: bytes.length })
  })
})

describe('what containerd refuses', () => {
  it.each([
    ['a wrong checksum', flipped(GZIP, 8), /checksum is wrong/],
    ['a wrong length', flipped(GZIP, 1), /wrong length/],
    ['cut in its content', GZIP.subarray(0, -20), /cut off/],
    ['cut in its trailer', GZIP.subarray(0, -1), /cut off/],
    ['cut in its header', GZIP.subarray(0, 5), /cut off/],
    [
      'no deflate',
      Buffer.concat([GZIP.subarray(0, 10), Buffer.alloc(100, 0xff)]),
      /is damaged \(invalid block type\)/,
    ],
    ['garbage behind it', Buffer.concat([GZIP, Buffer.from('garbage')]), /something else follows/],
    ['zeros behind it', Buffer.concat([GZIP, Buffer.alloc(512)]), /something else follows/],
    ['one zero behind it', Buffer.concat([GZIP, Buffer.alloc(1)]), /something else follows/],
    ['garbage behind zeros', Buffer.concat([GZIP, Buffer.from('\0garbage')]), /something else follows/],
    ['half a member behind it', Buffer.concat([GZIP, GZIP.subarray(0, 50)]), /cut off/],
  ])('%s, in both languages, however it comes', async (_what, bytes, words) => {
    for (const cut of [100, 1000, bytes.length]) {
      const found = await unpack(bytes, { cut })
      expect(found).toEqual({
        fault: { en: expect.stringMatching(words), zh: expect.stringMatching(/gzip/) },
      })
    }
  })
})

describe('a layer that unpacks to more than is accepted', () => {
  it.each([
    ['gzip', gzipSync(Buffer.alloc(100_000_000))],
    ['as it is', Buffer.alloc(4_000_000)],
  ])('is told without being unpacked to its end: %s', async (_what, bytes) => {
    const before = process.memoryUsage().arrayBuffers
    expect(await unpack(bytes, { limit: 2_000_000 })).toEqual({
      fault: { en: 'it unpacks to more than 2.0 MB', zh: '解包后超过 2.0 MB' },
    })
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000)
  })

  it('may unpack to the limit itself', async () => {
    expect(await unpack(GZIP, { limit: TAR.length })).toEqual(WHOLE)
    expect(await unpack(GZIP, { limit: TAR.length - 1 })).toHaveProperty('fault')
  })
})

it('a layer in zstd is unpacked, or said to be what this Node cannot read', async () => {
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }
  if (zstdCompressSync === undefined) {
    await expect(unpack(Buffer.from('28b52ffd2403', 'hex'))).rejects.toMatchObject({
      code: 'MEDIA_TYPE_REFUSED',
      what: { en: 'a layer is compressed with zstd' },
    })
    return
  }
  const zstd = zstdCompressSync(TAR)
  expect(await unpack(zstd)).toEqual(WHOLE)
  for (const bytes of [zstd.subarray(0, -1), flipped(zstd, 1), Buffer.concat([zstd, Buffer.alloc(4)])])
    expect(await unpack(bytes)).toEqual({
      fault: { en: expect.stringMatching(/zstd/), zh: expect.stringMatching(/zstd/) },
    })
})
