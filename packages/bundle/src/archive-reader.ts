import { createHash, type Hash } from 'node:crypto'
import { TAR_BLOCK, tarHeader, tarPadding } from '@edgelift/core'
import { fail } from './codes.ts'
import { MEMBER_HEADER_BYTES, memberSize, notAMember, type Unpacked, unpackMember } from './gzip-member.ts'
import { openArchive } from './parts/open-archive.ts'
import type { ArchiveSource } from './parts/source.ts'
import { isSafePath } from './safe-path.ts'

/** A file of an archive, as it was found. */
export interface FoundFile {
  /** With the top directory. */
  readonly path: string
  readonly size: number
  readonly mode: '0644' | '0755'
  readonly sha256: string
  /** The content, of the files that the caller asked to keep. */
  readonly content: Uint8Array | undefined
}

export interface ReadOptions {
  /** Which files' contents are kept in memory (at most 64 MiB each). */
  readonly keep: (path: string) => boolean
  /** Fed with every byte of the archive. */
  readonly hashes?: readonly Hash[]
  /** The file from whose gzip member on the rest of the archive is handed over as {@link ReadArchive.tail}. */
  readonly tailFrom?: (path: string) => boolean
  readonly onProgress?: (done: number, total: number) => void
}

export interface ReadArchive {
  readonly files: readonly FoundFile[]
  /** The place of a wrong gzip checksum, for the case that every file is nevertheless as it should be. */
  readonly suspect: string | undefined
  /** SHA-256 of the whole archive, in hexadecimal. */
  readonly sha256: string
  /** Bytes and SHA-256 before the member in which `tailFrom`'s file begins, and all bytes from there on. */
  readonly tail: { readonly before: { size: number; sha256: string }; readonly bytes: Buffer } | undefined
}

/** What follows an archive's files is its records: a few MB at the most. */
const TAIL_LIMIT = 64 * 1024 * 1024
const KEEP_LIMIT = 64 * 1024 * 1024
/** Members that are inflated at once while one is being hashed. */
const READ_AHEAD = 3

/**
 * Reads a whole archive without unpacking it to disk. Nothing but what the writer writes is accepted, byte for byte:
 * gzip headers, tar headers, padding and end. So a change anywhere is seen, and hostile entries (links, devices,
 * paths that leave the directory) cannot be there. Memory stays flat.
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
  const parser = tarParser(file, options.keep)
  const whole = createHash('sha256')
  let suspect: string | undefined
  let before: { size: number; sha256: string } | undefined
  for await (const member of members(source, { file, whole, options })) {
    const known = parser.begun().length
    for (const piece of member.unpacked.raw) parser.feed(piece)
    const { state } = member.unpacked
    if (state === 'cut') throw parser.damage()
    if (state === 'damaged') suspect ??= parser.place()
    if (
      before === undefined &&
      parser
        .begun()
        .slice(known)
        .some((name) => options.tailFrom?.(name) === true)
    )
      before = { size: member.at, sha256: member.hashBefore.digest('hex') }
  }
  const files = parser.finish()
  const tail =
    before === undefined ? undefined : { before, bytes: await tailBytes(source, file, before.size) }
  return { files, suspect, sha256: whole.digest('hex'), tail }
}

async function tailBytes(source: ArchiveSource, file: string, at: number): Promise<Buffer> {
  const { size } = source
  if (size - at > TAIL_LIMIT) throw damagedAt(file, 'its end')
  return source.read(at, size - at)
}

interface Member {
  readonly unpacked: Unpacked
  /** Where it begins. */
  readonly at: number
  /** Over all bytes before it. */
  readonly hashBefore: Hash
}

async function* members(
  source: ArchiveSource,
  { file, whole, options }: { file: string; whole: Hash; options: ReadOptions },
): AsyncGenerator<Member> {
  const total = source.size
  const waiting: { readonly unpacked: Promise<Unpacked>; readonly at: number; readonly hashBefore: Hash }[] =
    []
  const settle = async ({ unpacked, ...rest }: (typeof waiting)[number]): Promise<Member> => ({
    ...rest,
    unpacked: await unpacked,
  })
  let at = 0
  while (at < total || waiting.length > 0) {
    while (at < total && waiting.length < READ_AHEAD) {
      const member = await readMember(source, at, total)
      const hashBefore = whole.copy()
      if (member === undefined) {
        // What came before is parsed first, so that the error can name the file.
        for (const earlier of waiting) yield await settle(earlier)
        yield { unpacked: { raw: [], state: 'cut' }, at, hashBefore }
        throw notAMember(file, at)
      }
      whole.update(member)
      for (const hash of options.hashes ?? []) hash.update(member)
      const unpacked = unpackMember(member)
      unpacked.catch(() => {})
      waiting.push({ unpacked, at, hashBefore })
      at += member.length
    }
    options.onProgress?.(at, total)
    const next = waiting.shift()
    if (next !== undefined) yield await settle(next)
  }
}

async function readMember(source: ArchiveSource, at: number, total: number): Promise<Buffer | undefined> {
  const head = await source.read(at, Math.min(MEMBER_HEADER_BYTES, total - at))
  const size = memberSize(head)
  if (size === undefined || at + size > total) return undefined
  return source.read(at, size)
}

interface Current {
  readonly path: string
  readonly size: number
  readonly mode: '0644' | '0755'
  readonly hash: Hash
  readonly kept: Uint8Array[] | undefined
  left: number
}

/** Takes the tar stream piece by piece; the pieces' borders mean nothing. */
function tarParser(archive: string, keep: (path: string) => boolean) {
  const files: FoundFile[] = []
  const begun: string[] = []
  let buffered: Buffer = Buffer.alloc(0)
  let current: Current | undefined
  let padding = 0
  let zeros = 0

  const place = () => current?.path ?? files.at(-1)?.path ?? archive
  const damage = () => damagedAt(archive, place())

  function end(entry: Current): void {
    const content = entry.kept === undefined ? undefined : Buffer.concat(entry.kept)
    files.push({
      path: entry.path,
      size: entry.size,
      mode: entry.mode,
      sha256: entry.hash.digest('hex'),
      content,
    })
    padding = tarPadding(entry.size)
    current = undefined
  }

  /** Takes a header from the front of `bytes`; returns how long it was, 0 when it is not there in whole. */
  function header(bytes: Buffer): number {
    if (bytes.length < TAR_BLOCK) return 0
    if (bytes.subarray(0, TAR_BLOCK).every((byte) => byte === 0)) {
      zeros++
      return TAR_BLOCK
    }
    const parsed = parseHeader(bytes)
    if (parsed === 'more') return 0
    if (parsed === undefined || zeros > 0) throw damage()
    if (parsed.type === 'file') {
      begun.push(parsed.path)
      const kept = keep(parsed.path) && parsed.size <= KEEP_LIMIT ? [] : undefined
      const mode = parsed.mode === 0o755 ? '0755' : '0644'
      current = {
        path: parsed.path,
        size: parsed.size,
        mode,
        hash: createHash('sha256'),
        kept,
        left: parsed.size,
      }
      if (parsed.size === 0) end(current)
    }
    return parsed.length
  }

  return {
    feed(raw: Uint8Array): void {
      let bytes =
        buffered.length === 0
          ? Buffer.from(raw.buffer, raw.byteOffset, raw.length)
          : Buffer.concat([buffered, raw])
      while (bytes.length > 0) {
        if (current !== undefined) {
          const piece = bytes.subarray(0, current.left)
          current.hash.update(piece)
          current.kept?.push(Buffer.from(piece))
          current.left -= piece.length
          bytes = bytes.subarray(piece.length)
          if (current.left === 0) end(current)
        } else if (padding > 0) {
          const piece = bytes.subarray(0, padding)
          if (piece.some((byte) => byte !== 0)) throw damage()
          padding -= piece.length
          bytes = bytes.subarray(piece.length)
        } else {
          const length = header(bytes)
          if (length === 0) break
          bytes = bytes.subarray(length)
        }
      }
      buffered = bytes
    },
    damage,
    place,
    /** Paths of the files whose headers have been read. */
    begun: () => begun,
    finish(): FoundFile[] {
      if (current !== undefined || padding > 0 || buffered.length > 0 || zeros !== 2) throw damage()
      return files
    },
  }
}

type Parsed = { path: string; type: 'file' | 'directory'; size: number; mode: number; length: number }

/** Reads what {@link tarHeader} writes and nothing else: the fields are written again and compared. */
function parseHeader(bytes: Buffer): Parsed | 'more' | undefined {
  let at = 0
  const pax = new Map<string, string>()
  if (bytes[156] === 0x78) {
    const size = octal(bytes, 124)
    if (size === undefined || size > 64 * 1024) return undefined
    at = TAR_BLOCK + size + tarPadding(size)
    if (bytes.length < at + TAR_BLOCK) return 'more'
    for (const line of bytes.toString('utf8', TAR_BLOCK, TAR_BLOCK + size).split('\n')) {
      const [, key, value] = /^\d+ ([a-z]+)=(.*)$/.exec(line) ?? []
      if (key !== undefined && value !== undefined) pax.set(key, value)
    }
  }
  const block = bytes.subarray(at, at + TAR_BLOCK)
  const prefix = cString(block, 345, 155)
  const name = cString(block, 0, 100)
  const full = pax.get('path') ?? (prefix === '' ? name : `${prefix}/${name}`)
  const type = block[156] === 0x30 ? 'file' : 'directory'
  const path = type === 'directory' ? full.replace(/\/$/, '') : full
  const size = pax.has('size') ? Number(pax.get('size')) : octal(block, 124)
  const mode = octal(block, 100)
  if (
    size === undefined ||
    !Number.isSafeInteger(size) ||
    (mode !== 0o644 && mode !== 0o755) ||
    !isSafePath(path)
  ) {
    return undefined
  }
  const length = at + TAR_BLOCK
  const again = tarHeader({ path, type, size, mode })
  return bytes.subarray(0, length).equals(again) ? { path, type, size, mode, length } : undefined
}

function octal(block: Buffer, at: number): number | undefined {
  const text = block.toString('latin1', at, at + 12).split('\u0000', 1)[0] ?? ''
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined
}

function cString(block: Buffer, at: number, length: number): string {
  const end = block.subarray(at, at + length).indexOf(0)
  return block.toString('utf8', at, end === -1 ? at + length : at + end)
}

function damagedAt(archive: string, place: string): Error {
  return fail('ARCHIVE_DAMAGED', {
    what: { en: `${archive}: damaged at ${place}`, zh: `${archive}：在 ${place} 处损坏` },
    because: {
      en: 'the bytes there are not as edgelift wrote them',
      zh: '该处的字节与 edgelift 写入的不一致',
    },
    fix: {
      en: 'copy the archive again and compare it with its .sha256 file',
      zh: '请重新复制离线包并用 .sha256 文件核对',
    },
  })
}
