import { randomBytes } from 'node:crypto'
import { crc32, deflateRawSync, gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import {
  checkedPart,
  crcParts,
  LARGEST_MEMBER,
  MEMBER_BYTES,
  MEMBER_HEADER_BYTES,
  memberSize,
  notAMember,
  packMember,
  unpackMember,
} from './gzip-member.ts'

const TEXT = Buffer.from('the same words, the same words, the same words')

async function packed(raw: Uint8Array, compress: boolean): Promise<Buffer> {
  return Buffer.concat(await packMember(raw, compress))
}

function crcOf(member: Buffer): number {
  return crc32(member.subarray(...checkedPart(member.length)))
}

async function contentOf(member: Buffer, crc = crcOf(member)): Promise<{ state: string; content: Buffer }> {
  const { raw, state } = await unpackMember(member, crc)
  return { state, content: Buffer.concat(raw) }
}

/** A member around any body, with a header and trailer that fit it. */
function memberOf(body: Uint8Array, raw: Uint8Array): Buffer {
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc32(raw), 0)
  trailer.writeUInt32LE(raw.length, 4)
  const member = Buffer.concat([Buffer.alloc(MEMBER_HEADER_BYTES), body, trailer])
  member.set([0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 3, 12, 0, 0x45, 0x4c, 8, 0])
  member.writeUInt32LE(member.length, 16)
  member.writeUInt32LE(crcOf(member), 20)
  return member
}

describe('a member', () => {
  const contents: [string, Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('x')],
    ['a text', TEXT],
    ['one stored block', randomBytes(65_535)],
    ['one byte more than a stored block', randomBytes(65_536)],
    ['two whole stored blocks', randomBytes(131_070)],
    ['as much as a member takes', Buffer.alloc(MEMBER_BYTES, 'words ')],
  ]

  it.each(contents.flatMap(([name, raw]) => [true, false].map((compress) => ({ name, raw, compress }))))(
    'of $name is read back, by gunzip too (deflated: $compress)',
    async ({ raw, compress }) => {
      const member = await packed(raw, compress)
      expect(memberSize(member)).toBe(member.length)
      const { state, content } = await contentOf(member)
      expect(state).toBe('intact')
      expect(content.equals(raw)).toBe(true)
      expect(gunzipSync(member).equals(raw)).toBe(true)
    },
  )

  it('is the same whether its checksums were taken here or by another thread', async () => {
    const raw = randomBytes(150_000)
    for (const compress of [true, false]) {
      const crcs = crcParts(raw.length, compress).map(([from, to]) => crc32(raw.subarray(from, to)))
      expect(Buffer.concat(await packMember(raw, compress, crcs))).toEqual(await packed(raw, compress))
    }
  })

  it('never grows past the limit that a reader allows, whatever it holds', async () => {
    for (const compress of [true, false])
      expect((await packed(randomBytes(MEMBER_BYTES), compress)).length).toBeLessThanOrEqual(LARGEST_MEMBER)
  })

  it('is opened without a copy where it is stored', async () => {
    const member = await packed(TEXT, false)
    const { raw } = await unpackMember(member)
    expect(raw.map((piece) => piece.buffer)).toEqual([member.buffer])
  })
})

it('wants the checksum of every stored block, or of a whole that is deflated', () => {
  expect(crcParts(131_071, true)).toEqual([[0, 131_071]])
  expect(crcParts(131_071, false)).toEqual([
    [0, 65_535],
    [65_535, 131_070],
    [131_070, 131_071],
  ])
  expect(crcParts(0, false)).toEqual([])
})

describe('memberSize', () => {
  it('accepts no header with any of its bits flipped, but for lengths and checksums that are others', async () => {
    const member = await packed(TEXT, true)
    const accepted: number[] = []
    for (let bit = 0; bit < MEMBER_HEADER_BYTES * 8; bit++) {
      const bytes = Buffer.from(member)
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      if (memberSize(bytes) === member.length) accepted.push(bit >> 3)
    }
    // The checksum's own four bytes: what they are wrong about is found when the member is opened.
    expect(new Set(accepted)).toEqual(new Set([20, 21, 22, 23]))
  })

  it.each([
    ['shorter than header and trailer', MEMBER_HEADER_BYTES + 7],
    ['longer than a member can be', LARGEST_MEMBER + 1],
    ['zero', 0],
  ])('refuses a length that is %s', async (_what, size) => {
    const member = await packed(TEXT, true)
    member.writeUInt32LE(size, 16)
    expect(memberSize(member)).toBeUndefined()
  })

  it('refuses less than a header, and takes exactly one', async () => {
    const member = await packed(TEXT, true)
    expect(memberSize(member.subarray(0, MEMBER_HEADER_BYTES - 1))).toBeUndefined()
    expect(memberSize(member.subarray(0, MEMBER_HEADER_BYTES))).toBe(member.length)
  })
})

describe('a member that is not as it was written', () => {
  it.each([true, false])('is told at a flipped bit of any byte (deflated: %s)', async (compress) => {
    const member = await packed(TEXT, compress)
    for (let at = MEMBER_HEADER_BYTES; at < member.length; at++) {
      const bytes = Buffer.from(member)
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      expect((await contentOf(bytes)).state, `byte ${at}`).not.toBe('intact')
    }
  })

  it('counts as intact without a checksum where it can be read', async () => {
    const member = await packed(TEXT, false)
    member[MEMBER_HEADER_BYTES + 10] = 0x21
    expect((await unpackMember(member)).state).toBe('intact')
  })

  it('is damaged, not cut, where it can still be read', async () => {
    const member = await packed(TEXT, false)
    member[MEMBER_HEADER_BYTES + 5] = 0x21
    const { state, content } = await contentOf(member)
    expect(state).toBe('damaged')
    expect(content.toString()).toBe(`!${TEXT.subarray(1)}`)
  })

  it('gives what could be read before it breaks', async () => {
    const words = Buffer.from(Array.from({ length: 20_000 }, (_, index) => `${index} `).join(''))
    const member = await packed(words, true)
    member.fill(0xff, member.length >> 1)
    const { state, content } = await contentOf(member)
    expect(state).toBe('cut')
    expect(content.length).toBeGreaterThan(1000)
    expect(content.subarray(0, 1000)).toEqual(words.subarray(0, 1000))
  })

  it.each<[string, Buffer]>([
    [
      'more than a member may hold',
      memberOf(deflateRawSync(Buffer.alloc(MEMBER_BYTES + 1)), Buffer.alloc(9)),
    ],
    [
      'bytes behind the end of what is deflated',
      memberOf(Buffer.concat([deflateRawSync(TEXT), Buffer.alloc(9)]), TEXT),
    ],
    [
      'a stored block that does not end',
      memberOf(Buffer.from([0, 1, 0, 0xfe, 0xff, 0x61]), Buffer.from('a')),
    ],
    ['no body', memberOf(Buffer.alloc(0), Buffer.alloc(0))],
  ])('is cut off: %s', async (_what, member) => {
    expect((await contentOf(member)).state).toBe('cut')
  })

  it('is read though its stored blocks are not those of edgelift: bytes are compared elsewhere', async () => {
    const body = Buffer.from([0, 1, 0, 0xfe, 0xff, 0x61, 1, 1, 0, 0xfe, 0xff, 0x62])
    expect((await contentOf(memberOf(body, Buffer.from('ab')))).content.toString()).toBe('ab')
  })
})

it('names the byte at which no member begins, in both languages', () => {
  expect(notAMember('x.tar.gz', 4096)).toMatchObject({
    code: 'ARCHIVE_DAMAGED',
    what: {
      en: 'x.tar.gz: not as edgelift writes it, at byte 4096',
      zh: 'x.tar.gz：在第 4096 字节处与 edgelift 的格式不符',
    },
    because: {
      en: expect.stringMatching(/^the archive is cut off/),
      zh: expect.stringMatching(/^离线包被截断/),
    },
  })
})
