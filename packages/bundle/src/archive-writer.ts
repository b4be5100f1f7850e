import { createHash, type Hash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { syncFolder, TAR_END, tarHeader, tarPadding, temporaryBeside, writeAll } from '@edgelift/core'
import { MEMBER_BYTES, packMember } from './gzip-member.ts'

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
  /** Appends a file; resolves with the SHA-256 of its content, in hexadecimal. */
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
  /** Ends the archive and puts it in its place, whole. Size in bytes, SHA-256 in hexadecimal. */
  finish(): Promise<{ readonly size: number; readonly sha256: string }>
  /** Gives up: nothing is left behind. Harmless after {@link finish}. */
  abort(): Promise<void>
}

/** How many members may be deflating at once: both cores of a small machine, and one that waits. */
const IN_FLIGHT = 3

/**
 * Writes a deterministic `.tar.gz` in one streaming pass. Folders get an entry of their own before their first file.
 * @param also fed with every byte of the archive, for a signature
 */
export async function archiveWriter(options: {
  readonly out: string
  readonly top: string
  readonly also?: Hash
}): Promise<ArchiveWriter> {
  const temporary = temporaryBeside(options.out)
  const handle = await open(temporary, 'wx', 0o644)
  const sink = memberSink((pieces) => writeAll(handle, pieces), options.also)
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
      const hash = createHash('sha256')
      let seen = 0
      for await (const chunk of body) {
        seen += chunk.length
        hash.update(chunk)
        await sink.write(chunk, compress)
      }
      if (seen !== size) throw new Error(`${entry.path}: ${seen} bytes where ${size} were announced`)
      await sink.write(new Uint8Array(tarPadding(size)), compress)
      return hash.digest('hex')
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
    seal: () => sink.seal(),
    async finish() {
      await sink.write(TAR_END, false)
      const result = await sink.finish()
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
  const pack = (raw: Uint8Array): void => {
    const member = packMember(raw, true)
    member.catch(() => {}) // told when its turn comes
    waiting.push(member)
  }
  let pending: Buffer = Buffer.allocUnsafe(MEMBER_BYTES)
  let filled = 0
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + MEMBER_BYTES - filled)
      pending.set(piece, filled)
      filled += piece.length
      at += piece.length
      if (filled < MEMBER_BYTES) continue
      pack(pending)
      pending = Buffer.allocUnsafe(MEMBER_BYTES)
      filled = 0
      if (waiting.length >= IN_FLIGHT) yield* (await waiting.shift()) ?? []
    }
  }
  if (filled > 0) pack(pending.subarray(0, filled))
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
  const sink = memberSink(async (more) => void pieces.push(...more), undefined)
  for (const [name, bytes] of records) {
    const header = { path: `${top}/${name}`, type: 'file' as const, size: bytes.length, mode: 0o644 }
    await sink.write(tarHeader(header), false)
    await sink.write(bytes, false)
    await sink.write(new Uint8Array(tarPadding(bytes.length)), false)
  }
  await sink.write(TAR_END, false)
  await sink.finish()
  return Buffer.concat(pieces)
}

/** Cuts the tar stream into members, compresses several at once, and writes them in their order. */
function memberSink(write: (pieces: readonly Uint8Array[]) => Promise<void>, also: Hash | undefined) {
  const hash = createHash('sha256')
  const waiting: { readonly member: Promise<Uint8Array[]>; readonly raw: Buffer }[] = []
  const spare: Buffer[] = [] // buffers go round: to allocate one for each member keeps the garbage collector busy
  let size = 0
  let pending: Buffer = Buffer.allocUnsafe(MEMBER_BYTES)
  let filled = 0
  let compressed = true

  async function put(pieces: readonly Uint8Array[]): Promise<void> {
    const writing = write(pieces)
    writing.catch(() => {}) // told below
    for (const piece of pieces) {
      hash.update(piece)
      also?.update(piece)
      size += piece.length
    }
    await writing
  }

  async function writeOldest(): Promise<void> {
    const oldest = waiting.shift()
    if (oldest === undefined) return
    await put(await oldest.member)
    spare.push(oldest.raw)
  }

  async function cut(): Promise<void> {
    if (filled === 0) return
    const member = packMember(pending.subarray(0, filled), compressed)
    member.catch(() => {}) // told when its turn to be written comes
    waiting.push({ member, raw: pending })
    if (waiting.length >= IN_FLIGHT) await writeOldest()
    pending = spare.pop() ?? Buffer.allocUnsafe(MEMBER_BYTES)
    filled = 0
  }

  return {
    async write(chunk: Uint8Array, compress: boolean): Promise<void> {
      if (compress !== compressed) {
        await cut()
        compressed = compress
      }
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + MEMBER_BYTES - filled)
        pending.set(piece, filled)
        filled += piece.length
        at += piece.length
        if (filled === MEMBER_BYTES) await cut()
      }
    },
    /** Appends whole members. */
    async append(members: AsyncIterable<Uint8Array>): Promise<void> {
      await cut()
      while (waiting.length > 0) await writeOldest()
      for await (const piece of members) await put([piece])
    },
    async seal(): Promise<{ size: number; sha256: string }> {
      await cut()
      while (waiting.length > 0) await writeOldest()
      return { size, sha256: hash.copy().digest('hex') }
    },
    async finish(): Promise<{ size: number; sha256: string }> {
      await cut()
      while (waiting.length > 0) await writeOldest()
      return { size, sha256: hash.digest('hex') }
    },
    async drain(): Promise<void> {
      await Promise.allSettled(waiting.map((one) => one.member))
    },
  }
}
