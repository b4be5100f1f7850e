import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  hashedWriter,
  hashThread,
  namingFile,
  namingPath,
  refuseSpecial,
  syncFolder,
  TAR_END,
  tarHeader,
  tarPadding,
  temporaryBeside,
} from '@edgelift/core'
import { contentHash } from './content-hash.ts'
import { memberSink } from './member-sink.ts'

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
   * Appends a file whose content `packContent` has packed before. What the content's hash is, its packer knows.
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
  const named = namingPath(options.out)
  const handle = await open(temporary, 'wx', 0o644).catch(namingFile(options.out, temporary))
  const sha256 = hashThread().hash()
  const blake2b = options.blake2b === true ? sha256.thread.hash('blake2b512') : undefined
  const output = hashedWriter({ fd: handle.fd, hash: sha256, also: blake2b })
  const contents = hashThread()
  const sink = memberSink(async (piece) => {
    await output.write(piece)?.catch(named)
  }, contents)
  const flush = () => output.flush().catch(named)
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
      await flush()
      return { size, sha256: await sha256.peek() }
    },
    async finish() {
      await sink.write(TAR_END, false)
      const size = await sink.end()
      await flush()
      const result = {
        size,
        sha256: await sha256.digest(),
        ...(blake2b === undefined ? {} : { blake2b: await blake2b.digest() }),
      }
      await handle.sync().catch(named)
      await handle.close()
      await rename(temporary, options.out).catch(namingFile(options.out, temporary))
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
