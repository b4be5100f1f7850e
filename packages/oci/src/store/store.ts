import { createReadStream } from 'node:fs'
import { stat, statfs, utimes } from 'node:fs/promises'
import { userInfo } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import {
  CHUNK,
  type Digest,
  digestOf,
  type Expected,
  hexOf,
  isErrno,
  makeFolder,
  type Report,
  silent,
  writeOwn,
} from '@edgelift/core'
import { BEYOND_LIMIT, fail } from '../codes.ts'
import type { BlobSink } from '../transfer/blob-sink.ts'
import { blobDamaged, blobMissing, blobStream, storeProblem } from './store-errors.ts'
import { keepStream, sizeOf } from './store-files.ts'
import { fillOnce } from './store-fill.ts'
import { checkedBlobs, readBlob } from './store-read.ts'
import {
  checkedSize,
  listStore,
  type Pruned,
  type PruneOptions,
  pruneStore,
  type StoreEntry,
  type StoreProblem,
  USE_GRANULARITY,
  verifyStore,
} from './store-upkeep.ts'
import { markInUse } from './store-users.ts'

/**
 * A content-addressed store on disk, shared by parallel calls and processes and safe to kill at any moment:
 * `blobs/sha256/HEX` holds whole, once verified blobs, `partial/` what is on its way. Nothing is synced to the disk: a blob
 * is hashed by each process that uses it, so one that a power loss has emptied is found then, and fetched again.
 */
export interface Store {
  readonly root: string
  has(digest: Digest): Promise<boolean>
  /** Bytes; undefined when the blob is not there. */
  size(digest: Digest): Promise<number | undefined>
  pathOf(digest: Digest): string
  /**
   * As {@link size}, of a blob whose bytes have been hashed. A damaged one is removed, so that it is fetched again: to be
   * asked where no size is known, and where damage was met.
   */
  check(digest: Digest): Promise<number | undefined>
  /**
   * The blob in chunks of 1 MiB, as it lies on the disk: who puts it into something checks it with `verifying()`.
   * @throws (as a stream error) STORE_BLOB_MISSING, STORE_BLOB_DAMAGED
   */
  open(digest: Digest): Readable
  /**
   * The bytes of a blob, checked: the iteration fails at its end when they are not what was expected. Each piece is valid
   * until the next is asked for. What this store object has checked before, in the very same file, is not hashed again.
   * @param what how an error names it
   * @throws STORE_BLOB_MISSING, STORE_BLOB_DAMAGED, SIZE_MISMATCH, DIGEST_MISMATCH
   */
  read(expected: Expected & { readonly size: number }, what: string): AsyncIterable<Uint8Array>
  /**
   * A small blob, checked.
   * @param what how an error names it
   * @param limit bytes, 16 MiB when left out
   * @throws STORE_BLOB_MISSING, STORE_BLOB_DAMAGED, CONTENT_TOO_LARGE
   */
  readBytes(digest: Digest, what: string, limit?: number): Promise<Uint8Array>
  /**
   * Sees to it that a blob is there. `fill` brings the bytes that are missing and runs at most once at a time for a
   * digest, over all processes; an interrupted one resumes from its partial file. `fetched` is 0 when it was there.
   * @throws what `fill` throws; DIGEST_MISMATCH, SIZE_MISMATCH, DISK_FULL
   */
  ensure(
    expected: Expected,
    what: string,
    fill: (sink: BlobSink) => Promise<unknown>,
  ): Promise<{ readonly fetched: number }>
  putBytes(bytes: Uint8Array): Promise<Digest>
  /** Copies a file in, with the digest that it turns out to have. */
  putFile(file: string): Promise<Expected & { readonly size: number }>
  /** Keeps a stream, with the digest that it turns out to have. A stream that fails leaves nothing. */
  putStream(stream: Readable): Promise<Expected & { readonly size: number }>
  /**
   * To be held by whatever looks for blobs first and reads them later: until it is disposed, `prune` of any process spares
   * what this store object has been asked for.
   */
  use(): Promise<AsyncDisposable>
  /** Every blob and every partial transfer, sorted by name. */
  ls(): Promise<StoreEntry[]>
  /** Deletes blobs and abandoned transfers; what a living process is transferring stays. */
  prune(options?: PruneOptions): Promise<Pruned>
  /** Hashes everything, deletes what is damaged, and names it. */
  verify(report?: Report): Promise<StoreProblem[]>
  /** Bytes that this user can still write to the store's disk. */
  freeBytes(): Promise<number>
}

const READ_LIMIT = 16 * 1024 * 1024

/**
 * Opens a store, making its folders.
 * @param report is told when another process's transfer is waited for
 * @throws STORE_UNUSABLE when `root` cannot be made or written
 */
export async function openStore(root: string, report: Report = silent): Promise<Store> {
  const folder = path.resolve(root)
  const pathOf = (digest: Digest) => path.join(folder, 'blobs', 'sha256', hexOf(digest))
  await makeFolder(path.join(folder, 'blobs', 'sha256')).catch(storeProblem(folder))
  await makeFolder(path.join(folder, 'partial')).catch(storeProblem(folder))

  let uses = 0
  const size = async (digest: Digest) => {
    const bytes = await sizeOf(pathOf(digest))
    if (bytes !== undefined && uses > 0) await touch(pathOf(digest))
    return bytes
  }
  const open = (digest: Digest) => blobStream(pathOf(digest), digest)
  const inFlight = new Map<Digest, Promise<{ fetched: number }>>()
  const checked = checkedBlobs()
  const keep = async (stream: Readable) => {
    const kept = await keepStream(folder, stream, pathOf)
    await checked.add(kept.digest, pathOf(kept.digest))
    return kept
  }

  return {
    root: folder,
    pathOf,
    size,
    open,
    read: (expected, what) => readBlob(pathOf(expected.digest), expected, { what, checked }),
    check: (digest) => checkedSize(pathOf(digest), digest),
    has: async (digest) => (await size(digest)) !== undefined,
    async readBytes(digest, what, limit = READ_LIMIT) {
      const length = await size(digest)
      if (length === undefined) throw blobMissing(digest)
      if (length > limit) throw tooLarge(what, length, limit)
      const chunks: Buffer[] = []
      for await (const chunk of open(digest)) chunks.push(chunk as Buffer)
      const bytes = Buffer.concat(chunks)
      if (digestOf(bytes) !== digest) throw blobDamaged(digest, what, digestOf(bytes))
      return bytes
    },
    async ensure(expected, what, fill) {
      const { digest } = expected
      const running = inFlight.get(digest)
      if (running !== undefined) {
        await running
        return { fetched: 0 }
      }
      const work = ensureHere()
      inFlight.set(digest, work)
      try {
        return await work
      } finally {
        inFlight.delete(digest)
      }

      async function ensureHere(): Promise<{ fetched: number }> {
        const here = async () => {
          if (expected.size === undefined) return (await checkedSize(pathOf(digest), digest)) !== undefined
          return (await size(digest)) === expected.size
        }
        if (!(await here())) {
          const filling = { root: folder, target: pathOf(digest), expected, what, fill, here, report }
          const filled = await fillOnce(filling)
          if (filled.checked) await checked.add(digest, pathOf(digest))
          return { fetched: filled.fetched }
        }
        await touch(pathOf(digest), 0)
        return { fetched: 0 }
      }
    },
    async putBytes(bytes) {
      const digest = digestOf(bytes)
      if ((await size(digest)) !== bytes.length) {
        await writeOwn(pathOf(digest), bytes).catch(storeProblem(folder))
      }
      return digest
    },
    putFile: (file) => keep(createReadStream(file, { highWaterMark: CHUNK })),
    putStream: keep,
    async use() {
      const mark = await markInUse(folder).catch(storeProblem(folder))
      uses++
      return {
        async [Symbol.asyncDispose]() {
          uses--
          await mark[Symbol.asyncDispose]()
        },
      }
    },
    ls: () => listStore(folder),
    prune: (options = {}) => pruneStore(folder, options),
    verify: (told = silent) => verifyStore(folder, told),
    async freeBytes() {
      const { bavail, bsize } = await statfs(folder)
      return bavail * bsize
    },
  }
}

/** `EDGELIFT_STORE`, else `edgelift` in the user's cache folder (XDG Base Directory specification). */
export function defaultStoreRoot(env: Readonly<Record<string, string | undefined>>): string {
  if (env.EDGELIFT_STORE) return env.EDGELIFT_STORE
  // The specification: a relative XDG_CACHE_HOME is invalid and to be ignored.
  const cache = env.XDG_CACHE_HOME
  if (cache !== undefined && path.isAbsolute(cache)) return path.join(cache, 'edgelift')
  return path.join(env.HOME || homeOfUser(), '.cache', 'edgelift')
}

/** Where `HOME` is empty, as services and containers start: a relative path would make a store in each working directory. */
function homeOfUser(): string {
  try {
    return userInfo().homedir
  } catch {
    return '/' // a user that the system does not know
  }
}

/**
 * Sets a blob's time, by which prune goes, to now.
 * @param granularity ms; a younger time stays, so that a blob that is asked for often is not written to each time
 */
async function touch(file: string, granularity = USE_GRANULARITY): Promise<void> {
  const now = new Date()
  const found = granularity === 0 ? undefined : await stat(file).catch(notOurs)
  if (found !== undefined && now.getTime() - found.mtimeMs < granularity) return
  await utimes(file, now, now).catch(notOurs)
}

/** A store that another user fills can be read all the same: its blobs then keep their times. */
function notOurs(error: unknown): undefined {
  if (!isErrno(error, 'ENOENT', 'EPERM', 'EACCES', 'EROFS')) throw error
}

function tooLarge(what: string, size: number, limit: number): Error {
  return fail('CONTENT_TOO_LARGE', {
    what: { en: `${what} is too large`, zh: `${what} 过大` },
    because: {
      en: `${size} bytes, at most ${limit} are accepted`,
      zh: `${size} 字节，最多接受 ${limit} 字节`,
    },
    fix: BEYOND_LIMIT,
  })
}
