import { type ByteReader, byteReader, CHUNK, TAR_BLOCK, tarPadding } from '@edgelift/core'
import { asFile, numberAt, sizeOf, typeOf, withSize } from './header-block.ts'
import { formatPax, parsePax } from './pax.ts'

/** A part of a file that is stored; what lies between parts is zeros. */
interface Stored {
  readonly offset: number
  readonly length: number
}

interface SparseFile {
  readonly size: number
  readonly parts: readonly Stored[]
}

/** What extended headers say of a sparse file. The map of version 1.0 stands before the data. */
interface PaxSparse {
  readonly name: string | undefined
  readonly size: number
  readonly parts: readonly Stored[] | undefined
}

const ZEROS = Buffer.alloc(CHUNK)
const PAX_LIMIT = 4 * 1024 * 1024
const PARTS_LIMIT = 1_000_000

/**
 * A tar in which files with holes, as GNU tar and bsdtar store them (old GNU format; pax formats 0.0, 0.1 and 1.0 of
 * "Storing Sparse Files", GNU tar manual), are ordinary files. Everything else passes as it is.
 * @throws {@link SparseError}
 */
export async function* withoutHoles(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const reader = byteReader(source)
  let sparse: PaxSparse | undefined
  for (;;) {
    const header = await reader.take(TAR_BLOCK)
    if (header.length < TAR_BLOCK || header.every((byte) => byte === 0)) {
      yield header
      yield* reader.pass()
      return
    }
    const [type, stored] = [typeOf(header), sizeOf(header)]
    if (type === 'S') {
      yield* expand(reader, header, { stored, file: await oldGnuMap(header, reader) })
    } else if (type === 'x' && stored <= PAX_LIMIT) {
      const body = await reader.take(stored)
      const padding = await reader.take(tarPadding(stored))
      const records = parsePax(body)
      sparse = paxSparse(records)
      if (sparse === undefined) yield* [header, body, padding]
      else yield* plainPax(header, records, sparse)
    } else if (sparse !== undefined && (type === '0' || type === '\0' || type === '7')) {
      const map = sparse.parts === undefined ? await leadingMap(reader) : undefined
      const parts = sparse.parts ?? map?.parts ?? []
      yield* expand(reader, header, {
        stored: stored - (map?.bytes ?? 0),
        file: { size: sparse.size, parts },
      })
      sparse = undefined
    } else {
      yield header
      // Names too long for a header (GNU) come between an extended header and its file.
      if (type !== 'L' && type !== 'K') sparse = undefined
      yield* reader.pass(hasBody(type) ? stored + tarPadding(stored) : 0)
    }
  }
}

/** What is stored as sparse is not stored so. */
class SparseError extends Error {
  override readonly name = 'SparseError'
}

/** Links, devices and folders have none, whatever their size says; as tar-stream reads them. */
function hasBody(type: string): boolean {
  return !/[1-6]/.test(type)
}

async function* expand(
  reader: ByteReader,
  header: Buffer,
  { stored, file }: { readonly stored: number; readonly file: SparseFile },
): AsyncGenerator<Buffer> {
  checkMap(file, stored)
  yield asFile(header, file.size)
  let at = 0
  for (const { offset, length } of file.parts) {
    yield* zeros(offset - at)
    yield* reader.pass(length)
    at = offset + length
  }
  yield* zeros(file.size - at)
  await reader.take(tarPadding(stored))
  yield* zeros(tarPadding(file.size))
}

function checkMap({ size, parts }: SparseFile, stored: number): void {
  let end = 0
  let sum = 0
  for (const { offset, length } of parts) {
    const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length >= 0
    if (!fits || offset < end || offset + length > size)
      throw new SparseError('its map of holes is not in order')
    end = offset + length
    sum += length
  }
  if (sum !== stored) throw new SparseError('its map of holes does not fit its content')
}

function* zeros(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= ZEROS.length) yield ZEROS.subarray(0, left)
}

/** Four parts in the header, 21 in each block that follows (GNU tar, src/tar.h, `oldgnu_header` and `sparse_header`). */
async function oldGnuMap(header: Buffer, reader: ByteReader): Promise<SparseFile> {
  const size = numberAt(header, 483, 12)
  const parts = partsIn(header.subarray(386, 386 + 4 * 24))
  for (let more = header[482] !== 0; more; ) {
    const block = await reader.take(TAR_BLOCK)
    if (block.length < TAR_BLOCK || parts.length > PARTS_LIMIT)
      throw new SparseError('its map of holes is cut')
    parts.push(...partsIn(block.subarray(0, 21 * 24)))
    more = block[504] !== 0
  }
  return { size, parts }
}

function partsIn(fields: Buffer): Stored[] {
  const parts: Stored[] = []
  for (let at = 0; at < fields.length && fields[at] !== 0; at += 24) {
    parts.push({ offset: numberAt(fields, at, 12), length: numberAt(fields, at + 12, 12) })
  }
  return parts
}

function paxSparse(records: readonly (readonly [string, string])[]): PaxSparse | undefined {
  const values = new Map(records)
  const size = values.get('GNU.sparse.realsize') ?? values.get('GNU.sparse.size')
  if (size === undefined) return undefined
  const name = values.get('GNU.sparse.name')
  if (values.get('GNU.sparse.major') === '1') return { name, size: Number(size), parts: undefined }
  const listed = values.get('GNU.sparse.map')?.split(',')
  const numbers =
    listed ?? records.flatMap(([key, value]) => (/^GNU\.sparse\.(offset|numbytes)$/.test(key) ? [value] : []))
  return { name, size: Number(size), parts: pairs(numbers.map(Number)) }
}

function pairs(numbers: readonly number[]): Stored[] {
  return numbers.flatMap((offset, index) =>
    index % 2 === 0 ? [{ offset, length: numbers[index + 1] ?? Number.NaN }] : [],
  )
}

/** The extended header without its words about holes. */
function* plainPax(
  header: Buffer,
  records: readonly (readonly [string, string])[],
  { name, size }: PaxSparse,
): Generator<Buffer> {
  const kept = records.filter(([key]) => !key.startsWith('GNU.sparse.') && key !== 'size')
  const others = name === undefined ? kept : kept.filter(([key]) => key !== 'path')
  const body = formatPax([
    ...others,
    ...(name === undefined ? [] : [['path', name] as const]),
    ['size', String(size)],
  ])
  yield withSize(header, body.length)
  yield body
  yield* zeros(tarPadding(body.length))
}

/** Version 1.0: decimal lines before the data, the number of parts first, filled up to whole blocks. */
async function leadingMap(reader: ByteReader): Promise<{ readonly parts: Stored[]; readonly bytes: number }> {
  let text = ''
  let bytes = 0
  const lines = (): string[] => text.split('\n').slice(0, -1)
  const needed = (): number => 1 + 2 * Number(lines()[0] ?? 0)
  while (lines().length === 0 || lines().length < needed()) {
    const block = await reader.take(TAR_BLOCK)
    if (block.length < TAR_BLOCK || text.length > PAX_LIMIT || !(needed() < 2 * PARTS_LIMIT)) {
      throw new SparseError('its map of holes is cut')
    }
    text += block.toString('latin1')
    bytes += block.length
  }
  return { parts: pairs(lines().slice(1, needed()).map(Number)), bytes }
}
