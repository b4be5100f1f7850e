import { type ByteReader, TAR_BLOCK } from '@edgelift/core'
import { numberAt } from './header-block.ts'
import { type PaxRecord, paxNumber } from './pax.ts'
import { TarError } from './tar-error.ts'

/** A part of a file that is stored; what lies between parts is zeros. */
interface Stored {
  readonly offset: number
  readonly length: number
}

/** A file with holes, as GNU tar and bsdtar store it ("Storing Sparse Files", GNU tar manual). */
export interface SparseFile {
  readonly size: number
  readonly parts: readonly Stored[]
}

/** What extended headers say of a file with holes. The map of version 1.0 stands before the data. */
export interface PaxSparse {
  readonly name: string | undefined
  readonly size: number
  readonly parts: readonly Stored[] | undefined
}

const MAP_LIMIT = 4 * 1024 * 1024 // bytes
const PARTS_LIMIT = 1_000_000

/** @throws {@link TarError} for a map that is not of the `stored` bytes which follow */
export function checkMap({ size, parts }: SparseFile, stored: number): void {
  let end = 0
  let sum = 0
  for (const { offset, length } of parts) {
    const fits = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && length >= 0
    if (!fits || offset < end || offset + length > size)
      throw new TarError('the map of a sparse file is not in order', '稀疏文件的数据块表顺序有误')
    end = offset + length
    sum += length
  }
  if (sum !== stored || !Number.isSafeInteger(size))
    throw new TarError('the map of a sparse file does not fit its content', '稀疏文件的数据块表与内容不符')
}

/** Four parts in the header, 21 in each block that follows (GNU tar, src/tar.h, `oldgnu_header` and `sparse_header`). */
export async function oldGnuMap(header: Buffer, reader: ByteReader): Promise<SparseFile> {
  const size = numberAt(header, 483, 12)
  const parts = partsIn(header.subarray(386, 386 + 4 * 24))
  for (let more = header[482] !== 0; more; ) {
    const block = await reader.take(TAR_BLOCK)
    if (block.length < TAR_BLOCK || parts.length > PARTS_LIMIT) throw cutMap()
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

/** Formats 0.0, 0.1 and 1.0; undefined for a file without holes. */
export function paxSparse(records: readonly PaxRecord[]): PaxSparse | undefined {
  const values = new Map(records)
  const size = paxNumber(values.get('GNU.sparse.realsize') ?? values.get('GNU.sparse.size'))
  if (size === undefined) return undefined
  const name = values.get('GNU.sparse.name')
  if (values.get('GNU.sparse.major') === '1') return { name, size, parts: undefined }
  const listed = values.get('GNU.sparse.map')?.split(',').filter(Boolean)
  const numbers =
    listed ?? records.flatMap(([key, value]) => (/^GNU\.sparse\.(offset|numbytes)$/.test(key) ? [value] : []))
  return { name, size, parts: pairs(numbers) }
}

function pairs(numbers: readonly string[]): Stored[] {
  const values = numbers.map((text) => paxNumber(text) ?? Number.NaN)
  return values.flatMap((offset, index) =>
    index % 2 === 0 ? [{ offset, length: values[index + 1] ?? Number.NaN }] : [],
  )
}

/** Version 1.0: decimal lines before the data, the number of parts first, filled up to whole blocks. */
export async function leadingMap(
  reader: ByteReader,
): Promise<{ readonly parts: readonly Stored[]; readonly bytes: number }> {
  const lines: string[] = []
  let rest = ''
  let bytes = 0
  const needed = (): number => 1 + 2 * (paxNumber(lines[0]) ?? 0)
  while (lines.length === 0 || lines.length < needed()) {
    const block = await reader.take(TAR_BLOCK)
    if (block.length < TAR_BLOCK || bytes > MAP_LIMIT || needed() > 2 * PARTS_LIMIT) throw cutMap()
    const pieces = (rest + block.toString('latin1')).split('\n')
    rest = pieces.pop() ?? ''
    lines.push(...pieces)
    bytes += block.length
  }
  return { parts: pairs(lines.slice(1, needed())), bytes }
}

function cutMap(): TarError {
  return new TarError('the map of a sparse file is cut', '稀疏文件的数据块表不完整')
}
