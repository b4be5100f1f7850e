import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { unpacked } from './unpacked.ts'

const TEXT = 'what a tar holds '.repeat(5000)
/** In pieces so small that the first bytes of a format come in several. */
const inPieces = (bytes: Buffer, size: number): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    ),
    { objectMode: false },
  )

describe('a stream without its compression', () => {
  it.each([
    ['plain', Buffer.from(TEXT), TEXT],
    ['gzip', gzipSync(TEXT), TEXT],
    ['gzip of two members', Buffer.concat([gzipSync(TEXT), gzipSync('and more')]), `${TEXT}and more`],
    ['shorter than what tells formats apart', Buffer.from('ustar'), 'ustar'],
    ['empty', Buffer.alloc(0), ''],
    ['the first byte of gzip alone', Buffer.from([0x1f, 0x41]), '\u001fA'],
  ])('is what it was: %s', async (_what, bytes, text) => {
    for (const size of [3, 100_000])
      expect((await buffer(await unpacked(inPieces(bytes, size), 'x'))).toString('latin1')).toBe(text)
  })

  it.each([
    ['plain', Buffer.from(TEXT)],
    ['gzip', gzipSync(TEXT)],
  ])('destroys its source with it, also before the first byte is read: %s', async (_what, bytes) => {
    for (const isBegun of [false, true]) {
      const source = inPieces(Buffer.concat(Array<Buffer>(100).fill(bytes)), 10_000)
      const stream = await unpacked(source, 'x')
      if (isBegun) await once(stream, 'readable')
      stream.destroy()
      await expect.poll(() => source.destroyed).toBe(true)
    }
  })

  it('fails as its source does', async () => {
    const source = new PassThrough()
    source.write(gzipSync(TEXT).subarray(0, 50))
    const reading = buffer(await unpacked(source, 'x'))
    source.destroy(new Error('the disk'))
    await expect(reading).rejects.toThrow('the disk')
  })
})

describe('what edgelift does not unpack', () => {
  it.each([
    ['a .tar.xz archive', '\xfd7zXZ\0\0\x04xx'],
    ['a .zip archive', 'PK\x03\x04xxxxxxxx'],
    ['a .zip archive', `PK\x05\x06${'\0'.repeat(18)}`], // with nothing in it
    ['a .zip archive', 'PK00PK\x03\x04xxxx'], // in parts
    ['a .tar.bz2 archive', 'BZh91AY&SYxx'],
    ['a .tar.lz archive', 'LZIP\x01xxxxxxx'],
    ['a .tar.lzma archive', '\x5d\0\0\x80\0\xff\xff\xff\xff\xff'],
    ['a .tar.Z archive', '\x1f\x9d\x90xxxxxxx'],
    ['a .rar archive', 'Rar!\x1a\x07\x01\0xx'],
    ['a .deb archive', '!<arch>\ndebian-binary   '],
    ['a .rpm archive', '\xed\xab\xee\xdb\x03\0\0\0xx'],
    ['a .cpio archive', '0707010000A1B2'],
    ['a program, not an archive', '\x7fELF\x02\x01\x01\0\0\0'],
    ['a web page, not an archive', '<!DOCTYPE html><title>Log in</title>'],
    ['a web page, not an archive', '\r\n<html><body>'],
    ['a .tar.lz4 archive', '\x04"M\x18xxxxxxx'],
    ['a .7z archive', "7z\xbc\xaf'\x1cxxxxx"],
  ])('is named by its first bytes, and closed: %s', async (kind, head) => {
    const source = new PassThrough()
    source.write(Buffer.from(head.padEnd(10, 'x'), 'latin1'))
    await expect(unpacked(source, 'x')).rejects.toMatchObject({
      code: 'MEDIA_TYPE_REFUSED',
      what: { en: `x is ${kind}` },
    })
    expect(source.destroyed).toBe(true)
  })

  it.each([
    ['PK\x03\x04xxxxxx', /\.tar\.gz/],
    ['\x7fELF\x02\x01xxxx', /"path"/],
    ['<html>\n<body>', /log in/],
  ])('comes with what helps: %j', async (head, fix) => {
    const refused = unpacked(inPieces(Buffer.from(head, 'latin1'), 100), 'x')
    await expect(refused).rejects.toMatchObject({ fix: { en: expect.stringMatching(fix) } })
  })
})
