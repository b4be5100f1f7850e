import { CHUNK, freeBuffer, giveBuffer, hashThread, type ThreadHash, takeBuffer } from '@edgelift/core'
import {
  checkedPart,
  LARGEST_MEMBER,
  MEMBER_HEADER_BYTES,
  memberSize,
  notAMember,
  type Unpacked,
  unpackMember,
} from './gzip-member.ts'
import { openArchive } from './parts/open-archive.ts'
import type { ArchiveSource } from './parts/source.ts'
import { damagedAt, type FoundFile, tarParser } from './tar-parser.ts'

export interface ReadOptions {
  /** Which files' contents are kept in memory (at most 64 MiB each). */
  readonly keep: (path: string) => boolean
  /** Whether to compare the CRC-32 of each gzip member, for {@link ReadArchive.suspect}. The hashes see every change without. */
  readonly checksums?: boolean
  /** Whether to hash the archive for its signature too. */
  readonly blake2b?: boolean
  /** The file from whose gzip member on the rest of the archive is handed over as {@link ReadArchive.tail}. */
  readonly tailFrom?: (path: string) => boolean
  readonly onProgress?: (done: number, total: number) => void
}

export interface ReadArchive {
  readonly files: readonly FoundFile[]
  /** With `checksums`: the place of a wrong one, for the case that every file is nevertheless as it should be. */
  readonly suspect: string | undefined
  /** Hashes of the whole archive, in hexadecimal. */
  readonly sha256: string
  readonly blake2b: string | undefined
  /** Bytes and SHA-256 before the member in which `tailFrom`'s file begins, and all bytes from there on. */
  readonly tail: { readonly before: { size: number; sha256: string }; readonly bytes: Buffer } | undefined
}

/** What follows an archive's files is its records: a few MB at the most. */
const TAIL_LIMIT = 64 * 1024 * 1024
/** Members that are hashed and inflated while one is parsed. */
const READ_AHEAD = 3

/**
 * Reads a whole archive without unpacking it to disk. Nothing but what the writer writes is accepted, byte for byte:
 * gzip headers, tar headers, padding and end. So a change anywhere is seen, and hostile entries (links, devices,
 * paths that leave the directory) cannot be there. Memory stays flat. One thread hashes the archive, another one its
 * contents.
 * @throws FILE_NOT_REGULAR; ARCHIVE_DAMAGED naming the file at whose place the archive is not as it was written
 */
export async function readArchive(file: string, options: ReadOptions): Promise<ReadArchive> {
  await using source = await openArchive(file)
  return await readArchiveFrom(source, file, options)
}

/** As {@link readArchive}, of a source that is open; `file` is how errors call it. */
export async function readArchiveFrom(
  source: ArchiveSource,
  file: string,
  options: ReadOptions,
): Promise<ReadArchive> {
  const { size } = source
  const whole = hashThread(size).hash()
  const blake2b = options.blake2b === true ? whole.thread.hash('blake2b512') : undefined
  const parser = tarParser(file, options.keep, hashThread(size))
  try {
    let suspect: string | undefined
    let before: { size: number; sha256: string } | undefined
    for await (const member of members({ source, file, whole, blake2b, options })) {
      const known = parser.begun().length
      for (const [from, to] of member.pieces) parser.feed(member.buffer, from, to)
      if (member.state === 'cut') throw parser.damage()
      if (member.state === 'damaged') suspect ??= parser.place()
      const begun = parser.begun().slice(known)
      if (before === undefined && begun.some((name) => options.tailFrom?.(name) === true))
        before = { size: member.at, sha256: await member.hashBefore }
      await parser.handOver(member.buffer)
    }
    const files = await parser.finish()
    const tail =
      before === undefined ? undefined : { before, bytes: await tailBytes(source, file, before.size) }
    const hashes = { sha256: await whole.digest(), blake2b: await blake2b?.digest() }
    return { files, suspect, ...hashes, tail }
  } finally {
    for (const one of [whole, blake2b, parser]) one?.drop()
  }
}

async function tailBytes(source: ArchiveSource, file: string, at: number): Promise<Buffer> {
  const { size } = source
  if (size - at > TAIL_LIMIT) throw damagedAt(file, 'its end')
  return source.read(at, size - at)
}

interface Member {
  /** Where it begins in the archive. */
  readonly at: number
  /** SHA-256 of all bytes before it. */
  readonly hashBefore: Promise<string>
  readonly state: Unpacked['state']
  /** Of `takeBuffer()`: what it holds is in these pieces of it. */
  readonly buffer: Buffer
  readonly pieces: readonly (readonly [from: number, to: number])[]
}

interface Reading {
  readonly source: ArchiveSource
  readonly file: string
  readonly whole: ThreadHash
  readonly blake2b: ThreadHash | undefined
  readonly options: ReadOptions
}

async function* members(reading: Reading): AsyncGenerator<Member> {
  const { source, file, whole, options } = reading
  const total = source.size
  const waiting: Promise<Member>[] = []
  let at = 0
  while (at < total || waiting.length > 0) {
    while (at < total && waiting.length < READ_AHEAD) {
      const found = await readMember(source, at)
      const hashBefore = whole.peek()
      hashBefore.catch(() => {}) // nearly all of them are of no use
      if (found === undefined) {
        // What came before is parsed first, so that the error can name the file.
        for (const earlier of waiting) yield await earlier
        yield { at, hashBefore, state: 'cut', buffer: takeBuffer(0), pieces: [] }
        throw notAMember(file, at)
      }
      const from = at
      const member = unpacked(found, reading).then((opened) => ({ at: from, hashBefore, ...opened }))
      member.catch(() => {}) // told when its turn comes
      waiting.push(member)
      at += found.size
    }
    options.onProgress?.(at, total)
    const next = await waiting.shift()
    if (next !== undefined) yield next
  }
}

/** Hashes a member as it lies in the archive, then opens it. */
async function unpacked(
  { member, size }: { readonly member: Buffer; readonly size: number },
  { whole, blake2b, options }: Reading,
): Promise<Pick<Member, 'state' | 'buffer' | 'pieces'>> {
  const hashes = blake2b === undefined ? [whole] : [whole, blake2b]
  const { buffer, crcs } = await whole.thread.pass(member, {
    hashed: hashes.map((hash) => ({ hash, from: 0, to: size })),
    crcs: options.checksums === true ? [checkedPart(size)] : [],
  })
  const { raw, state } = await unpackMember(buffer.subarray(0, size), crcs[0])
  const [first] = raw
  if (first === undefined || first.buffer === buffer.buffer)
    return { state, buffer, pieces: raw.map(({ byteOffset: from, length }) => [from, from + length]) }
  giveBuffer(buffer)
  const inflated = bufferFor(first.length)
  inflated.set(first)
  const { length } = first
  freeBuffer(first)
  return { state, buffer: inflated, pieces: [[0, length]] }
}

/** Reads the member at a place of the archive; undefined where there is none that is whole. */
async function readMember(
  source: ArchiveSource,
  at: number,
): Promise<{ readonly member: Buffer; readonly size: number } | undefined> {
  const size = memberSize(await source.read(at, Math.min(MEMBER_HEADER_BYTES, source.size - at)))
  if (size === undefined || at + size > source.size) return undefined
  const member = bufferFor(size)
  return (await source.fill(at, member.subarray(0, size))) === size ? { member, size } : undefined
}

/** Large ones all have one length, so that they go round. */
function bufferFor(size: number): Buffer {
  return takeBuffer(size < CHUNK ? size : LARGEST_MEMBER)
}
