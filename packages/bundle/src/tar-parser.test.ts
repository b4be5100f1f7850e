import { createHash } from 'node:crypto'
import {
  hashThread,
  paxRecord,
  TAR_END,
  takeBuffer,
  tarHeader,
  tarPadding,
  writeTarChecksum,
} from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { type FoundFile, tarParser } from './tar-parser.ts'

interface Entry {
  readonly path: string
  readonly content?: Buffer
  readonly mode?: number
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function entryBytes({ path, content, mode }: Entry): Buffer {
  if (content === undefined)
    return Buffer.from(tarHeader({ path, type: 'directory', size: 0, mode: mode ?? 0o755 }))
  const head = tarHeader({ path, type: 'file', size: content.length, mode: mode ?? 0o644 })
  return Buffer.concat([head, content, Buffer.alloc(tarPadding(content.length))])
}

const tarOf = (...entries: readonly Entry[]): Buffer => Buffer.concat([...entries.map(entryBytes), TAR_END])

/** Feeds the stream in pieces of `step` bytes, each in a buffer of its own, as the archive's reader does. */
async function parse(
  tar: Buffer,
  { step = tar.length, keep = () => false }: { step?: number; keep?: (path: string) => boolean } = {},
): Promise<FoundFile[]> {
  const parser = tarParser('x.tar.gz', keep, hashThread())
  try {
    for (let at = 0; at < tar.length; at += step) {
      const piece = tar.subarray(at, at + step)
      const buffer = takeBuffer(piece.length)
      buffer.set(piece)
      parser.feed(buffer, 0, piece.length)
      await parser.handOver(buffer)
    }
    return await parser.finish()
  } finally {
    parser.drop()
  }
}

const LONG = `top/${'a'.repeat(120)}/${'b'.repeat(180)}`
const SAMPLE: readonly Entry[] = [
  { path: 'top' },
  { path: 'top/one', content: Buffer.from('one') },
  { path: 'top/empty', content: Buffer.alloc(0) },
  { path: 'top/run', content: Buffer.alloc(1024, 'r'), mode: 0o755 },
  { path: LONG, content: Buffer.from('long') },
]

describe('the reader of the tar stream', () => {
  it.each([1, 7, 511, 512, 513, 4096])('finds the same files in pieces of %i bytes', async (step) => {
    const found = await parse(tarOf(...SAMPLE), { step })
    expect(found.map(({ path, size, mode, sha256: hex }) => [path, size, mode, hex])).toEqual([
      ['top/one', 3, '0644', sha256(Buffer.from('one'))],
      ['top/empty', 0, '0644', sha256(Buffer.alloc(0))],
      ['top/run', 1024, '0755', sha256(Buffer.alloc(1024, 'r'))],
      [LONG, 4, '0644', sha256(Buffer.from('long'))],
    ])
  })

  it('hashes a content that another thread takes, over the borders of buffers', async () => {
    const content = Buffer.alloc(300_000, 'content ')
    const after = Buffer.from('after')
    const found = await parse(tarOf({ path: 'top/large', content }, { path: 'top/after', content: after }), {
      step: 70_001,
    })
    expect(found.map((file) => file.sha256)).toEqual([sha256(content), sha256(after)])
  })

  it('keeps the contents that it is asked to, and no other ones', async () => {
    const found = await parse(tarOf(...SAMPLE), { step: 100, keep: (path) => path.endsWith('one') })
    expect(found.map(({ content }) => content?.toString())).toEqual(['one', undefined, undefined, undefined])
  })

  it('finds nothing in an archive of nothing', async () => {
    expect(await parse(Buffer.from(TAR_END))).toEqual([])
  })

  it('tells which files have begun, and names the last one as the place', () => {
    const parser = tarParser('x.tar.gz', () => false, hashThread())
    expect(parser.place()).toBe('x.tar.gz')
    const tar = tarOf(...SAMPLE)
    parser.feed(tar, 0, 512 + 512 + 2)
    expect([parser.begun(), parser.place()]).toEqual([['top/one'], 'top/one'])
    parser.drop()
  })
})

/** A header of `top/file` with one field rewritten, its checksum included. */
function header(change: (block: Buffer) => void): Buffer {
  const block = Buffer.from(tarHeader({ path: 'top/file', type: 'file', size: 0, mode: 0o644 }))
  change(block)
  return Buffer.concat([writeTarChecksum(block), TAR_END])
}

const extended = (...records: readonly string[]): Buffer => {
  const body = Buffer.from(records.join(''))
  const block = Buffer.from(tarHeader({ path: 'PaxHeader', type: 'file', size: body.length, mode: 0o644 }))
  block.write('x', 156)
  return Buffer.concat([writeTarChecksum(block), body, Buffer.alloc(tarPadding(body.length))])
}

const sound = tarOf({ path: 'top/file', content: Buffer.from('abc') })
const changed = (at: number, byte: number): Buffer => {
  const bytes = Buffer.from(sound)
  bytes[at] = byte
  return bytes
}

describe('what no tar stream of edgelift holds', () => {
  it.each<[string, Buffer]>([
    ['a symbolic link', header((block) => block.write('2', 156))],
    ['a hard link', header((block) => block.write('1', 156))],
    ['a device', header((block) => block.write('3', 156))],
    ['a pipe', header((block) => block.write('6', 156))],
    ['a path from the root', header((block) => block.write('/etc/file', 0))],
    ['a path that leaves the directory', header((block) => block.write('../file', 0))],
    ['a path with a part that is empty', header((block) => block.write('top//file', 0))],
    ['a mode with more than it needs', header((block) => block.write('0004755', 100))],
    ['a mode of its own', header((block) => block.write('0000600', 100))],
    ['an owner', header((block) => block.write('0001750', 108))],
    ['a time', header((block) => block.write('00000000001', 136))],
    ['a name of an owner', header((block) => block.write('root', 265))],
    ['a size that is no octal number', header((block) => block.write('00000000x00', 124))],
    ['a size in base 256', header((block) => block.writeUInt8(0x80, 124))],
    ['a pax header that it does not need', Buffer.concat([extended(paxRecord('path', 'top/file')), sound])],
    ['a pax header with another key', Buffer.concat([extended(paxRecord('mtime', '1')), sound])],
    ['a pax size that is no number', Buffer.concat([extended(paxRecord('size', 'many')), sound])],
    ['a checksum that does not hold', changed(148, 0x37)],
    ['padding with content', changed(512 + 400, 1)],
    ['the last byte of padding', changed(512 + 511, 1)],
    ['one block of zeros at the end', sound.subarray(0, sound.length - 512)],
    ['three blocks of zeros at the end', Buffer.concat([sound, Buffer.alloc(512)])],
    ['no end', sound.subarray(0, sound.length - 1024)],
    ['a content that is cut off', sound.subarray(0, 514)],
    ['a content without its padding', sound.subarray(0, 515)],
    ['a header that is cut off', sound.subarray(0, 100)],
    ['an entry after the end', Buffer.concat([sound, sound])],
    ['anything after the end', Buffer.concat([sound, Buffer.from('x')])],
  ])('is refused: %s', async (_what, tar) => {
    for (const step of [tar.length, 100])
      await expect(parse(tar, { step })).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED', exit: 4 })
  })

  it('a pax header without bounds, before it is read', async () => {
    const block = Buffer.from(
      tarHeader({ path: 'PaxHeader', type: 'file', size: 64 * 1024 + 1, mode: 0o644 }),
    )
    block.write('x', 156)
    await expect(parse(writeTarChecksum(block))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' })
  })

  it('is named by the file in which it is found, in both languages, with what to do', async () => {
    const two = Buffer.concat([entryBytes({ path: 'top/first', content: Buffer.from('a') }), changed(900, 1)])
    await expect(parse(two)).rejects.toMatchObject({
      what: { en: 'x.tar.gz: damaged at top/file', zh: 'x.tar.gz：在 top/file 处损坏' },
      because: { en: expect.stringContaining('not as edgelift wrote them') },
      fix: { en: expect.stringContaining('.sha256'), zh: expect.stringContaining('.sha256') },
    })
  })
})

describe('what could go on without end is refused while it is read, not at its end', () => {
  const feeding = (...pieces: readonly Buffer[]) => {
    const parser = tarParser('x.tar.gz', () => true, hashThread())
    try {
      for (const piece of pieces) parser.feed(piece, 0, piece.length)
    } finally {
      parser.drop()
    }
  }
  const file = entryBytes({ path: 'top/file', content: Buffer.alloc(0) })
  const folder = entryBytes({ path: 'top' })

  it.each<[string, readonly Buffer[]]>([
    ['a file that is there already', [folder, file, file]],
    ['a folder that is there already', [folder, file, folder]],
    ['a folder in the place of a file', [folder, file, entryBytes({ path: 'top/file' })]],
    [
      'a file outside of the top folder',
      [folder, entryBytes({ path: 'other/file', content: Buffer.from('x') })],
    ],
    ['a second top folder', [folder, entryBytes({ path: 'other' })]],
    ['zeros after the end', [folder, file, Buffer.alloc(3 * 512)]],
  ])('%s', (_what, pieces) => {
    expect(() => feeding(...pieces)).toThrow(expect.objectContaining({ code: 'ARCHIVE_DAMAGED' }))
  })

  it('more files and folders than an archive may have', () => {
    const files = Array.from({ length: 100_000 }, (_, number) =>
      entryBytes({ path: `top/${number}`, content: Buffer.alloc(0) }),
    )
    expect(() => feeding(Buffer.concat(files))).not.toThrow()
    expect(() => feeding(folder, Buffer.concat(files))).toThrow(
      expect.objectContaining({ what: expect.objectContaining({ en: 'x.tar.gz: damaged at top/99999' }) }),
    )
  })
})
