import {
  giveBuffer,
  type HashThread,
  TAR_BLOCK,
  type ThreadHash,
  tarHeader,
  tarPadding,
} from '@edgelift/core'
import { fail } from './codes.ts'
import { type ContentHash, contentHash } from './content-hash.ts'
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

const KEEP_LIMIT = 64 * 1024 * 1024
/** Files and folders of one archive; the release that is shipped has 150. A manifest of so many files has 50 MB. */
const ENTRY_LIMIT = 100_000
/** Blocks of zeros at a tar's end (POSIX). */
const END_BLOCKS = 2
/** Buffers that the other thread may have, while the next is parsed. */
const IN_FLIGHT = 2

interface Current {
  readonly path: string
  readonly size: number
  readonly mode: '0644' | '0755'
  readonly hash: ContentHash
  readonly kept: Uint8Array[] | undefined
  left: number
}

type Found = Omit<FoundFile, 'sha256'> & { sha256: string | Promise<string> }

/**
 * Takes the tar stream piece by piece; the pieces' borders mean nothing. Contents are hashed by `thread`. What no archive has (a
 * path twice, or outside of the first entry's folder, more entries than the limit) ends it at once: a small file may
 * unpack to any number of them.
 */
export function tarParser(archive: string, keep: (path: string) => boolean, thread: HashThread) {
  const files: Found[] = []
  const begun: string[] = []
  const paths = new Set<string>()
  let buffered: Buffer = Buffer.alloc(0)
  let current: Current | undefined
  let padding = 0
  let zeros = 0
  /** Of the buffer that is being fed: what goes to the other thread, and which of its hashes end here. */
  let parts: { readonly hash: ThreadHash; readonly from: number; readonly to: number }[] = []
  let ended: { readonly file: Found; readonly hash: ThreadHash }[] = []
  const away: Promise<void>[] = []

  const place = () => current?.path ?? files.at(-1)?.path ?? archive
  const damage = () => damagedAt(archive, place())

  function end({ path, size, mode, hash, kept }: Current): void {
    const content = kept === undefined ? undefined : Buffer.concat(kept)
    const file: Found = { path, size, mode, content, sha256: '' }
    if (hash.apart === undefined) file.sha256 = hash.here.digest('hex')
    else ended.push({ file, hash: hash.apart })
    files.push(file)
    padding = tarPadding(size)
    current = undefined
  }

  /** Takes the path of an entry that begins. */
  function enter(path: string): void {
    const top = (text = path): string => text.split('/', 1)[0] ?? ''
    const [first] = paths
    if (top(first) !== top() || paths.has(path) || paths.size === ENTRY_LIMIT) throw damagedAt(archive, path)
    paths.add(path)
  }

  /** Takes a header from the front of `bytes`; returns how long it was, 0 when it is not there in whole. */
  function header(bytes: Buffer): number {
    if (bytes.length < TAR_BLOCK) return 0
    if (bytes.subarray(0, TAR_BLOCK).every((byte) => byte === 0)) {
      if (++zeros > END_BLOCKS) throw damage()
      return TAR_BLOCK
    }
    const parsed = parseHeader(bytes)
    if (parsed === 'more') return 0
    if (parsed === undefined || zeros > 0) throw damage()
    enter(parsed.path)
    if (parsed.type === 'file') {
      begun.push(parsed.path)
      const { path, size } = parsed
      const kept = keep(path) && size <= KEEP_LIMIT ? [] : undefined
      const mode = parsed.mode === 0o755 ? '0755' : '0644'
      current = { path, size, mode, hash: contentHash(size, thread), kept, left: size }
      if (size === 0) end(current)
    }
    return parsed.length
  }

  /** Takes content from the front of `bytes`, which are at `at` of the buffer; returns how much. */
  function content(entry: Current, bytes: Buffer, at: number): number {
    const piece = bytes.subarray(0, entry.left)
    const { here, apart } = entry.hash
    if (apart === undefined) here.update(piece)
    else parts.push({ hash: apart, from: at, to: at + piece.length })
    entry.kept?.push(Buffer.from(piece))
    entry.left -= piece.length
    if (entry.left === 0) end(entry)
    return piece.length
  }

  return {
    /** Takes a part of a buffer; the parts of one are fed in their order, then it is handed over. */
    feed(buffer: Buffer, from: number, to: number): void {
      const fresh = buffer.subarray(from, to)
      let bytes = buffered.length === 0 ? fresh : Buffer.concat([buffered, fresh])
      while (bytes.length > 0) {
        let length: number
        if (current !== undefined) {
          // What was buffered is the beginning of a header: contents come after it, out of the buffer itself.
          length = content(current, bytes, to - bytes.length)
        } else if (padding > 0) {
          const piece = bytes.subarray(0, padding)
          if (piece.some((byte) => byte !== 0)) throw damage()
          padding -= piece.length
          length = piece.length
        } else {
          length = header(bytes)
          if (length === 0) break
        }
        bytes = bytes.subarray(length)
      }
      buffered = bytes.length === 0 ? bytes : Buffer.from(bytes)
    },
    /** Hands a buffer of `takeBuffer()` over, of which everything has been fed. */
    async handOver(buffer: Buffer): Promise<void> {
      if (parts.length === 0) giveBuffer(buffer)
      else {
        const passing = thread.pass(buffer, { hashed: parts }).then((passed) => giveBuffer(passed.buffer))
        passing.catch(() => {}) // told below
        away.push(passing)
        parts = []
      }
      for (const { file, hash } of ended) {
        const digest = hash.digest()
        digest.catch(() => {}) // told at the end
        file.sha256 = digest
      }
      ended = []
      if (away.length > IN_FLIGHT) await away.shift()
    },
    damage,
    place,
    /** Paths of the files whose headers have been read. */
    begun: () => begun,
    async finish(): Promise<FoundFile[]> {
      if (current !== undefined || padding > 0 || buffered.length > 0 || zeros !== END_BLOCKS) throw damage()
      await Promise.all(away)
      return Promise.all(files.map(async (file) => ({ ...file, sha256: await file.sha256 })))
    },
    /** Gives up; harmless after {@link finish}. */
    drop(): void {
      current?.hash.apart?.drop()
      for (const { hash } of ended) hash.drop()
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

export function damagedAt(archive: string, place: string): Error {
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
