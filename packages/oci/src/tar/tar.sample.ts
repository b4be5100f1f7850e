import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Digest, digestOf, paxRecord, TAR_BLOCK, tarPadding, writeTarChecksum } from '@edgelift/core'
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

export interface RawHeader {
  readonly name?: string | Buffer
  readonly type?: string
  /** As the field's bytes; the content's length when left out. */
  readonly size?: number | string | Buffer
  readonly content?: string | Buffer
  readonly linkname?: string
  /** Sums the bytes as signed ones. */
  readonly signed?: true
  /** Fields of GNU tar: [offset, text]. */
  readonly fields?: readonly (readonly [number, string])[]
}

/** An entry as no proper program writes it: header, content and padding. */
export function rawEntry({ name = 'f', type = '0', content = '', ...rest }: RawHeader): Buffer {
  const block = Buffer.alloc(TAR_BLOCK)
  const body = Buffer.from(content)
  const size = rest.size ?? body.length
  Buffer.from(name).copy(block)
  block.write('0000644\0', 100)
  if (typeof size === 'number') block.write(size.toString(8).padStart(11, '0'), 124)
  else Buffer.from(size).copy(block, 124)
  block.write(type, 156)
  block.write(rest.linkname ?? '', 157)
  block.write('ustar\0', 257)
  for (const [offset, text] of rest.fields ?? []) block.write(text, offset)
  writeTarChecksum(block)
  if (rest.signed) {
    const sum = block.reduce((all, byte, at) => all + (at < 148 || at >= 156 ? (byte << 24) >> 24 : 0x20), 0)
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  }
  return Buffer.concat([block, body, Buffer.alloc(tarPadding(body.length))])
}

/** An extended header with these records. */
export function rawPax(...records: (readonly [string, string])[]): Buffer {
  return rawEntry({
    name: 'pax',
    type: 'x',
    content: records.map(([key, value]) => paxRecord(key, value)).join(''),
  })
}
