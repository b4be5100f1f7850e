import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  CHUNK,
  giveBuffer,
  type HashThread,
  hashedWriter,
  hashThread,
  refuseSpecial,
  syncFolder,
  TAR_END,
  type ThreadHash,
  takeBuffer,
  tarHeader,
  tarPadding,
  temporaryBeside,
} from '@edgelift/core'
import { contentHash, HASHED_APART } from './content-hash.ts'
import { crcParts, MEMBER_BYTES, packMember } from './gzip-member.ts'

/** One file of the archive, as it is handed to the writer. */
export interface ArchiveEntry {
  /** Relative to the top directory. */
  readonly path: string
  readonly mode: '0644' | '0755'
  readonly size: number
  /** False for what is compressed already. */
  readonly compress: boolean
}

export interface ArchiveWriter {
  /**
   * Appends a file; resolves with the SHA-256 of its content, in hexadecimal.
   * @param body pieces of any length, each of which may change once the next is asked for
   */
  file(entry: ArchiveEntry, body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<string>
  /**
   * Appends a file whose content {@link packContent} has packed before. What the content's hash is, its packer knows.
   * @param members exactly what `packContent` gave, in pieces of any length
   */
  packed(entry: Omit<ArchiveEntry, 'compress'>, members: AsyncIterable<Uint8Array>): Promise<void>
  /**
   * Ends the current member: what comes next begins one of its own. Size and SHA-256 (hexadecimal) of all bytes so far,
   * which the manifest then vouches for.
   */
  seal(): Promise<{ readonly size: number; readonly sha256: string }>
  /** Ends the archive and puts it in its place, whole. Size in bytes, hashes in hexadecimal. */
  finish(): Promise<{ readonly size: number; readonly sha256: string; readonly blake2b?: string }>
  /** Gives up: nothing is left behind. Harmless after {@link finish}. */
  abort(): Promise<void>
}

/** How many members may be deflating at once: both cores of a small machine, and one that waits. */
const IN_FLIGHT = 3

/**
 * Writes a deterministic `.tar.gz` in one streaming pass. Folders get an entry of their own before their first file.
 * @param options.blake2b whether to hash the archive for a signature too
 */
export async function archiveWriter(options: {
  readonly out: string
  readonly top: string
  readonly blake2b?: boolean
}): Promise<ArchiveWriter> {
  await refuseSpecial(options.out)
  const temporary = temporaryBeside(options.out)
  const handle = await open(temporary, 'wx', 0o644)
  const sha256 = hashThread().hash()
  const blake2b = options.blake2b === true ? sha256.thread.hash('blake2b512') : undefined
  const output = hashedWriter({ fd: handle.fd, hash: sha256, also: blake2b })
  const contents = hashThread()
  const sink = memberSink(async (piece) => {
    await output.write(piece)
  }, contents)
  const folders = new Set<string>()
  let done = false

  async function folder(name: string): Promise<void> {
    if (folders.has(name)) return
    const parent = path.posix.dirname(name)
    if (parent !== '.') await folder(parent)
    folders.add(name)
    await sink.write(tarHeader({ path: name, type: 'directory', size: 0, mode: 0o755 }), true)
  }

  return {
    async file(entry, body) {
      const full = `${options.top}/${entry.path}`
      await folder(path.posix.dirname(full))
      const { size, compress } = entry
      await sink.write(
        tarHeader({ path: full, type: 'file', size, mode: Number.parseInt(entry.mode, 8) }),
        compress,
      )
      const hash = contentHash(size, contents)
      try {
        let seen = 0
        for await (const chunk of body) {
          seen += chunk.length
          hash.here?.update(chunk)
          await sink.write(chunk, compress, hash.apart)
        }
        if (seen !== size) throw new Error(`${entry.path}: ${seen} bytes where ${size} were announced`)
        await sink.write(new Uint8Array(tarPadding(size)), compress)
        return hash.here === undefined ? await sink.digest(hash.apart) : hash.here.digest('hex')
      } finally {
        hash.apart?.drop()
      }
    },
    async packed(entry, members) {
      const full = `${options.top}/${entry.path}`
      await folder(path.posix.dirname(full))
      const { size } = entry
      await sink.write(
        tarHeader({ path: full, type: 'file', size, mode: Number.parseInt(entry.mode, 8) }),
        true,
      )
      await sink.append(members)
      await sink.write(new Uint8Array(tarPadding(size)), true)
    },
    async seal() {
      const size = await sink.end()
      await output.flush()
      return { size, sha256: await sha256.peek() }
    },
    async finish() {
      await sink.write(TAR_END, false)
      const size = await sink.end()
      await output.flush()
      const result = {
        size,
        sha256: await sha256.digest(),
        ...(blake2b === undefined ? {} : { blake2b: await blake2b.digest() }),
      }
      await handle.sync()
      await handle.close()
      await rename(temporary, options.out)
      await syncFolder(path.dirname(options.out))
      done = true
      return result
    },
    async abort() {
      if (done) return
      await sink.drain()
      await output.flush().catch(() => {}) // whatever it is, the archive is given up
      sha256.drop()
      blake2b?.drop()
      await handle.close().catch(() => {})
      await rm(temporary, { force: true })
    },
  }
}

/**
 * Packs the content of one file into members of its own, deflated, several at once. The same content gives the same
 * members, so they can be kept and put into every archive that holds the file.
 */
export async function* packContent(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const waiting: Promise<Uint8Array[]>[] = []
  const pack = (raw: Buffer, length: number): void => {
    const member = packMember(raw.subarray(0, length), true).finally(() => giveBuffer(raw))
    member.catch(() => {}) // told when its turn comes
    waiting.push(member)
  }
  let pending = takeBuffer(MEMBER_BYTES)
  let filled = 0
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + MEMBER_BYTES - filled)
      pending.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled < MEMBER_BYTES) continue
      pack(pending, filled)
      pending = takeBuffer(MEMBER_BYTES)
      filled = 0
      if (waiting.length >= IN_FLIGHT) yield* (await waiting.shift()) ?? []
    }
  }
  if (filled > 0) pack(pending, filled)
  else giveBuffer(pending)
  for (const member of waiting) yield* await member
}

/**
 * The end of an archive, from the member in which the manifest begins: the records in this order, then the tar's end.
 * For the check that an archive ends in nothing else. Records are stored, not deflated: deflate gives other bytes where
 * Node was built with another zlib (Debian's), and the check has to agree with every builder.
 * @param records path to content
 */
export async function packRecords(top: string, records: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  const sink = memberSink(async (piece) => void pieces.push(Buffer.from(piece)))
  for (const [name, bytes] of records) {
    const header = { path: `${top}/${name}`, type: 'file' as const, size: bytes.length, mode: 0o644 }
    await sink.write(tarHeader(header), false)
    await sink.write(bytes, false)
    await sink.write(new Uint8Array(tarPadding(bytes.length)), false)
  }
  await sink.write(TAR_END, false)
  await sink.end()
  return Buffer.concat(pieces)
}

/** A member that is being made. */
interface Waiting {
  readonly member: Promise<{ readonly pieces: readonly Uint8Array[]; readonly raw: Buffer }>
}

/** A part of the raw bytes that another thread has still to hash. */
interface Part {
  readonly hash: ThreadHash
  readonly from: number
  to: number
}

/**
 * Cuts the tar stream into members, compresses several at once, and writes them in their order.
 * @param put takes the pieces one after the other; each may change once it has returned
 * @param thread hashes contents and takes checksums; this one does where it is left out
 */
function memberSink(put: (piece: Uint8Array) => Promise<void>, thread?: HashThread) {
  const waiting: Waiting[] = []
  let size = 0
  let pending = takeBuffer(MEMBER_BYTES)
  let filled = 0
  let compressed = true
  let parts: Part[] = []

  async function writePiece(piece: Uint8Array): Promise<void> {
    size += piece.length
    await put(piece)
  }

  async function writeOldest(): Promise<void> {
    const { pieces, raw } = (await waiting.shift()?.member) ?? { pieces: [] }
    for (const piece of pieces) await writePiece(piece)
    if (raw !== undefined) giveBuffer(raw)
  }

  async function cut(): Promise<void> {
    if (filled === 0) return
    const member = makeMember({ raw: pending, length: filled, compressed, parts }, thread)
    member.catch(() => {}) // told when its turn to be written comes
    waiting.push({ member })
    pending = takeBuffer(MEMBER_BYTES)
    filled = 0
    parts = []
    if (waiting.length >= IN_FLIGHT) await writeOldest()
  }

  async function end(): Promise<number> {
    await cut()
    while (waiting.length > 0) await writeOldest()
    return size
  }

  return {
    /** @param content of which the chunk is a part, where the thread hashes it */
    async write(chunk: Uint8Array, compress: boolean, content?: ThreadHash): Promise<void> {
      if (compress !== compressed) {
        await cut()
        compressed = compress
      }
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + MEMBER_BYTES - filled)
        pending.set(piece, filled)
        if (content !== undefined) addPart(parts, content, filled, filled + piece.length)
        filled += piece.length
        at += piece.length
        if (filled === MEMBER_BYTES) await cut()
      }
    },
    /** The hash of a content of which everything has been written. */
    async digest(content: ThreadHash): Promise<string> {
      const part = parts.find((one) => one.hash === content)
      if (part !== undefined) {
        // The member is not full yet and cannot be sent away.
        parts = parts.filter((one) => one !== part)
        const copy = takeBuffer(part.to - part.from <= CHUNK ? CHUNK : MEMBER_BYTES)
        const length = pending.copy(copy, 0, part.from, part.to)
        const { buffer } = await content.thread.pass(copy, {
          hashed: [{ hash: content, from: 0, to: length }],
        })
        giveBuffer(buffer)
      }
      return content.digest()
    },
    /** Appends whole members. */
    async append(members: AsyncIterable<Uint8Array>): Promise<void> {
      await end()
      for await (const piece of members) await writePiece(piece)
    },
    /** Ends the current member and writes all of them; returns how many bytes they have, from the first on. */
    end,
    /** Waits for what is under way, whatever comes of it. */
    async drain(): Promise<void> {
      await Promise.allSettled(waiting.map(({ member }) => member))
    },
  }
}

function addPart(parts: Part[], hash: ThreadHash, from: number, to: number): void {
  const last = parts.at(-1)
  if (last?.hash === hash && last.to === from) last.to = to
  else parts.push({ hash, from, to })
}

interface RawMember {
  readonly raw: Buffer
  readonly length: number
  readonly compressed: boolean
  readonly parts: readonly Part[]
}

async function makeMember(
  { raw, length, compressed, parts }: RawMember,
  thread: HashThread | undefined,
): Waiting['member'] {
  if (thread === undefined || (length < HASHED_APART && parts.length === 0))
    return { pieces: await packMember(raw.subarray(0, length), compressed), raw }
  const { buffer, crcs } = await thread.pass(raw, { hashed: parts, crcs: crcParts(length, compressed) })
  return { pieces: await packMember(buffer.subarray(0, length), compressed, crcs), raw: buffer }
}
