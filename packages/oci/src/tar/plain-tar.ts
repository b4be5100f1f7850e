import { type ByteReader, byteReader, CHUNK, TAR_BLOCK, tarPadding } from '@edgelift/core'
import { isIntact, rewritten, sizeOf, typeOf } from './header-block.ts'
import { formatPax, parsePax, paxNumber } from './pax.ts'
import { checkMap, leadingMap, oldGnuMap, type PaxSparse, paxSparse, type SparseFile } from './sparse.ts'
import { TarError } from './tar-error.ts'

/** What the headers before an entry say of it: in extended headers (POSIX pax) and in GNU's for long names. */
interface Announced {
  readonly path?: string | undefined
  readonly linkpath?: string | undefined
  readonly size?: number | undefined
  readonly sparse?: PaxSparse | undefined
  readonly longName?: string
  readonly longLink?: string
}

const ZEROS = Buffer.alloc(CHUNK)
/** Headers before one entry. Writers give four at most: a global one, an extended one, and GNU's two. */
const ANNOUNCEMENTS = 64
/** Bytes of an extended header. Go's archive/tar takes 1 MiB. */
const EXTENDED_LIMIT = 4 * 1024 * 1024

/**
 * A tar in which nothing can be read in two ways, made of any that Go's archive/tar and GNU tar read: each entry has its size
 * in its own header, and before it only its path and its link's target; files with holes are ordinary files; links, folders and
 * devices have no content; global headers are left out, as by Go; nothing stands behind the end, where both stop.
 * @throws {@link TarError}
 */
export async function* plainTar(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = byteReader(source)
  let announced: Announced = {}
  let announcements = 0
  for (;;) {
    const header = await reader.take(TAR_BLOCK)
    if (header.every((byte) => byte === 0)) {
      for await (const _ of reader.pass()); // a check of the whole may sit in the source
      return
    }
    if (header.length < TAR_BLOCK) throw cut()
    if (!isIntact(header))
      throw new TarError(
        'a header’s checksum is wrong: it is no tar, or damaged',
        '头部校验和错误：不是 tar 或已损坏',
      )
    const type = typeOf(header)
    if (/[xgLK]/.test(type)) {
      if (++announcements > ANNOUNCEMENTS)
        throw new TarError('too many extended headers in a row', '连续的扩展头过多')
      announced = { ...announced, ...(await announcement(reader, header, type)) }
    } else {
      yield* entry(reader, header, announced)
      announced = {}
      announcements = 0
    }
  }
}

async function announcement(reader: ByteReader, header: Buffer, type: string): Promise<Announced> {
  const size = checked(sizeOf(header))
  if (size > EXTENDED_LIMIT) throw new TarError('an extended header is too large', '扩展头过大')
  const body = await reader.take(size)
  const padding = await reader.take(tarPadding(size))
  if (body.length + padding.length < size + tarPadding(size)) throw cut()
  if (type === 'L' || type === 'K') {
    const [text = ''] = body.toString('utf8').split('\0', 1)
    if (text === '') return {}
    return type === 'L' ? { longName: text } : { longLink: text }
  }
  if (type === 'g') return {}
  const records = parsePax(body)
  const values = new Map(records)
  const sparse = paxSparse(records)
  return {
    path: (sparse?.name ?? values.get('path')) || undefined,
    linkpath: values.get('linkpath') || undefined,
    size: paxNumber(values.get('size')),
    sparse,
  }
}

async function* entry(reader: ByteReader, header: Buffer, announced: Announced): AsyncGenerator<Buffer> {
  const type = typeOf(header)
  const stored = checked(announced.size ?? sizeOf(header))
  yield* names(header, announced)
  if (type === 'S') {
    yield* expanded(reader, header, { stored, file: await oldGnuMap(header, reader) })
  } else if (announced.sparse !== undefined && /[07\0]/.test(type)) {
    const { size, parts } = announced.sparse
    const map = parts === undefined ? await leadingMap(reader) : undefined
    const file = { size, parts: parts ?? map?.parts ?? [] }
    yield* expanded(reader, header, { stored: stored - (map?.bytes ?? 0), file })
  } else {
    // Links, devices and folders have none, whatever their size says (archive/tar, isHeaderOnly).
    const size = /[1-6]/.test(type) ? 0 : stored
    yield rewritten(header, { type, size })
    yield* content(reader, size)
    yield* content(reader, tarPadding(size))
  }
}

/** What does not fit into a header, as an extended header. */
function* names(header: Buffer, { path, linkpath, longName, longLink }: Announced): Generator<Buffer> {
  const [name, target] = [path ?? longName, linkpath ?? longLink]
  const body = formatPax([
    ...(name === undefined ? [] : [['path', name] as const]),
    ...(target === undefined ? [] : [['linkpath', target] as const]),
  ])
  if (body.length === 0) return
  yield rewritten(header, { type: 'x', size: body.length })
  yield body
  yield* zeros(tarPadding(body.length))
}

async function* expanded(
  reader: ByteReader,
  header: Buffer,
  { stored, file }: { readonly stored: number; readonly file: SparseFile },
): AsyncGenerator<Buffer> {
  checkMap(file, stored)
  yield rewritten(header, { type: '0', size: file.size })
  let at = 0
  for (const { offset, length } of file.parts) {
    yield* zeros(offset - at)
    yield* content(reader, length)
    at = offset + length
  }
  yield* zeros(file.size - at)
  await reader.take(tarPadding(stored))
  yield* zeros(tarPadding(file.size))
}

async function* content(reader: ByteReader, length: number): AsyncGenerator<Buffer> {
  let missing = length
  for await (const piece of reader.pass(length)) {
    missing -= piece.length
    yield piece
  }
  if (missing > 0) throw cut()
}

function* zeros(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left)
}

function checked(size: number): number {
  if (Number.isSafeInteger(size)) return size
  throw new TarError('an entry’s size is not a number', '条目大小不是有效数字')
}

function cut(): TarError {
  return new TarError('it ends in the middle of an entry', '在条目中途结束')
}
