// biome-ignore-all lint/suspicious/noControlCharactersInRegex: they are what the formats begin with
import { pipeline, Readable } from 'node:stream'
import zlib from 'node:zlib'
import { CHUNK, type Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import { type Decoder, isZstd, unzstd } from './zstd-frames.ts'

/**
 * A stream without its compression, told by its first bytes and not by what somebody declares: gzip (RFC 1952), zstd
 * (RFC 8878), else as it is. Destroying the result destroys the source.
 * @param what how an error names it
 * @throws MEDIA_TYPE_REFUSED for zstd where this Node cannot read it; what the source throws
 */
export async function unpacked(source: Readable, what: string): Promise<Readable> {
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let head: Buffer = Buffer.alloc(0)
  while (head.length < MAGIC_LENGTH) {
    const next = await chunks.next()
    if (next.done) break
    head = Buffer.concat([head, next.value])
  }
  const whole = Readable.from(rejoined(head, chunks), { objectMode: false, highWaterMark: CHUNK })
  whole.once('close', () => source.destroy()) // a generator that has not begun closes nothing
  if (head[0] === 0x1f && head[1] === 0x8b) {
    // 16 KiB, the default, makes inflating 1.6 times slower.
    return pipeline(whole, zlib.createGunzip({ chunkSize: CHUNK }), () => {})
  }
  if (isZstd(head)) {
    try {
      const frames = unzstd(whole, zstdDecoder(what))
      return Readable.from(frames, { objectMode: false, highWaterMark: CHUNK }).once('close', () =>
        whole.destroy(),
      )
    } catch (error) {
      source.destroy()
      throw error
    }
  }
  const kind = otherKind(head)
  if (kind === undefined) return whole
  source.destroy()
  throw notUnpacked(what, kind)
}

const MAGIC_LENGTH = 10
/** What people also publish: what it is called, by its first bytes. */
const OTHERS: readonly (readonly [kind: string, magic: RegExp])[] = [
  ['.tar.xz', /^\xfd7zXZ\0/],
  ['.tar.bz2', /^BZh[1-9]1AY&SY/],
  ['.tar.lz4', /^\x04"M\x18/],
  ['.tar.lz', /^LZIP\x01/],
  ['.tar.lzma', /^\x5d\0\0[\0-\xff]{2}/],
  ['.tar.Z', /^\x1f[\x9d\xa0]/],
  ['.zip', /^PK(\x03\x04|\x05\x06|\x07\x08|00PK)/],
  ['.7z', /^7z\xbc\xaf'\x1c/],
  ['.rar', /^Rar!\x1a\x07/],
  ['.deb', /^!<arch>\n/],
  ['.rpm', /^\xed\xab\xee\xdb/],
  ['.cpio', /^(07070[127][0-9A-Fa-f]{4}|\xc7\x71)/],
  ['ELF', /^\x7fELF/],
  ['HTML', /^\s*<(!doctype|html|\?xml|head)/i],
]

function otherKind(head: Buffer): string | undefined {
  const text = head.toString('latin1')
  return OTHERS.find(([, magic]) => magic.test(text))?.[0]
}

function notUnpacked(what: string, kind: string): Error {
  return fail('MEDIA_TYPE_REFUSED', {
    what: whatItIs(what, kind),
    because: {
      en: 'edgelift unpacks .tar, .tar.gz and .tar.zst',
      zh: 'edgelift 只能解包 .tar、.tar.gz 和 .tar.zst',
    },
    fix: fixOf(kind),
  })
}

function whatItIs(what: string, kind: string): Text {
  if (kind === 'ELF') return { en: `${what} is a program, not an archive`, zh: `${what} 是程序，不是压缩包` }
  if (kind === 'HTML')
    return { en: `${what} is a web page, not an archive`, zh: `${what} 是网页，不是压缩包` }
  return { en: `${what} is a ${kind} archive`, zh: `${what} 是 ${kind} 格式` }
}

function fixOf(kind: string): Text {
  if (kind === 'ELF')
    return {
      en: 'in the release, name its "path" and leave out "member" and "members"',
      zh: '请在发布清单中只写 "path"，去掉 "member" 和 "members"',
    }
  if (kind === 'HTML')
    return {
      en: 'check the URL, and the proxies and mirrors in front of it: some answer with a page to log in on',
      zh: '请检查该地址及其前面的代理和镜像站：有的会返回登录页面',
    }
  return {
    en: 'use the .tar.gz that upstream publishes, or publish one of your own with its checksum',
    zh: '请使用上游发布的 .tar.gz，或自行发布 .tar.gz 及其校验和',
  }
}

/** A stream whose beginning was read: that, then the rest. */
export async function* rejoined(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/**
 * Node's decoder of zstd, which it has from 22.15 and 23.8 on.
 * @param what how the error names what is compressed
 * @throws MEDIA_TYPE_REFUSED where this Node has none
 */
export function zstdDecoder(what: string): Decoder {
  const module: object = zlib
  if (!('createZstdDecompress' in module && 'zstdDecompressSync' in module)) throw noZstd(what)
  return {
    stream: module.createZstdDecompress as Decoder['stream'],
    whole: module.zstdDecompressSync as Decoder['whole'],
  }
}

function noZstd(what: string): Error {
  return fail('MEDIA_TYPE_REFUSED', {
    what: { en: `${what} is compressed with zstd`, zh: `${what} 使用 zstd 压缩` },
    because: {
      en: `this Node.js (${process.version}) cannot read zstd`,
      zh: `当前 Node.js（${process.version}）无法读取 zstd`,
    },
    fix: {
      en: 'run edgelift with Node.js 22.15 or later (23.8 or later of Node.js 23), such as 24; node --version says which one runs',
      zh: '请使用 Node.js 22.15 或更高版本（23 系列须 23.8 以上）运行 edgelift，例如 24；node --version 显示当前版本',
    },
  })
}
