import { createHash } from 'node:crypto'
import { readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Digest, EdgeliftError, isDigest, type Report, removeOwn, tryLock } from '@edgelift/core'
import { blobStream } from './store-errors.ts'
import { gone } from './store-files.ts'
import { pruneMemos } from './store-memos.ts'
import { removeStrays } from './store-strays.ts'
import { inUseSince, USERS } from './store-users.ts'

/** One file of the store. */
export interface StoreEntry {
  /** Undefined for what is being written and has no digest yet. */
  readonly digest?: Digest
  readonly path: string
  /** Bytes on the disk. */
  readonly size: number
  readonly lastUsed: Date
  readonly state: 'whole' | 'partial'
  /** Without a digest, and under a lock of its own as long as its process lives. */
  readonly lockable?: true
}

export interface PruneOptions {
  /** Blobs that stay whatever their age: what a lock names. */
  readonly keep?: ReadonlySet<Digest>
  /** Only what was last used before; everything when left out. */
  readonly olderThan?: Date
  /** Only tells what would go. */
  readonly dryRun?: boolean
}

export interface Pruned {
  readonly removed: readonly StoreEntry[]
  /** Sum of the removed, in bytes. */
  readonly bytes: number
}

/** A blob that was not what its name says; it has been removed. */
export interface StoreProblem {
  readonly digest: Digest
  readonly path: string
  readonly size: number
  readonly found: string
}

/** Everything in the store, sorted by path. */
export async function listStore(root: string): Promise<StoreEntry[]> {
  const whole = await entriesIn(path.join(root, 'blobs', 'sha256'), 'whole')
  const partial = await entriesIn(path.join(root, 'partial'), 'partial')
  return [...whole, ...partial, ...(await incomingEntries(path.join(root, 'incoming')))]
}

/** How much later than its use a blob's time may be set: see `Store.use`. */
export const USE_GRANULARITY = 30_000 // ms

/**
 * Removes what is neither kept nor young; a transfer whose process lives is left alone, and so is all that was used since
 * the oldest build or lock that is running now began.
 */
export async function pruneStore(root: string, options: PruneOptions): Promise<Pruned> {
  const removed: StoreEntry[] = []
  const since = await inUseSince(root)
  const limits = [
    ...(since === undefined ? [] : [since - USE_GRANULARITY]),
    ...(options.olderThan === undefined ? [] : [options.olderThan.getTime()]),
  ]
  const before = limits.length === 0 ? undefined : new Date(Math.min(...limits))
  for (const entry of await listStore(root)) {
    if (entry.digest !== undefined && options.keep?.has(entry.digest)) continue
    if (before !== undefined && entry.lastUsed >= before) continue
    if (await removeEntry(entry, options.dryRun ?? false)) removed.push(entry)
  }
  if (!options.dryRun) {
    for (const folder of ['partial', 'incoming', USERS]) await removeLockLeftovers(path.join(root, folder))
    await pruneMemos(root, before ?? new Date())
  }
  return { removed, bytes: removed.reduce((sum, entry) => sum + entry.size, 0) }
}

/** Hashes every whole blob and removes the damaged ones. */
export async function verifyStore(root: string, report: Report): Promise<StoreProblem[]> {
  const blobs = (await listStore(root)).filter((entry) => entry.state === 'whole')
  const total = blobs.reduce((sum, entry) => sum + entry.size, 0)
  const strays = await removeStrays(path.join(root, 'blobs', 'sha256'))
  const problems: StoreProblem[] = strays.map((stray) => ({ ...stray, size: 0, found: 'no regular file' }))
  let done = 0
  for (const [index, { digest, path: file, size }] of blobs.entries()) {
    if (digest === undefined) continue
    const found = await digestOnDisk(file, digest)
    if (found !== undefined && found !== digest) {
      await rm(file, { force: true })
      problems.push({ digest, path: file, size, found })
    }
    done += size
    report({ type: 'total', done, total, items: index + 1, of: blobs.length })
  }
  return problems
}

/**
 * The size of a blob that is what its name says; a damaged one (cut by a power loss, say) is removed.
 * @returns undefined where there is none
 */
export async function checkedSize(file: string, digest: Digest): Promise<number | undefined> {
  const found = await digestOnDisk(file, digest)
  if (found === undefined) return undefined
  if (found === digest) return (await stat(file)).size
  await rm(file, { force: true })
  return undefined
}

/** Undefined when another process has pruned it meanwhile; no digest where the disk cannot read it. */
async function digestOnDisk(file: string, digest: Digest): Promise<string | undefined> {
  const hash = createHash('sha256')
  try {
    await pipeline(blobStream(file, digest), async (source: AsyncIterable<Buffer>) => {
      for await (const chunk of source) hash.update(chunk)
    })
  } catch (error) {
    if (!(error instanceof EdgeliftError)) throw error
    if (error.code === 'STORE_BLOB_MISSING') return undefined
    if (error.code === 'STORE_BLOB_DAMAGED') return 'an input/output error'
    throw error
  }
  return `sha256:${hash.digest('hex')}`
}

const ABANDONED = 24 * 3600 * 1000 // ms: nothing without a lock is written to for this long

async function removeEntry(entry: StoreEntry, dryRun: boolean): Promise<boolean> {
  if (entry.state === 'whole' && entry.digest !== undefined) {
    if (!dryRun) await rm(entry.path, { force: true })
    return true
  }
  if (entry.digest === undefined && !entry.lockable) {
    if (Date.now() - entry.lastUsed.getTime() < ABANDONED) return false
    if (!dryRun) await rm(entry.path, { recursive: true, force: true })
    return true
  }
  await using lock = await tryLock(`${entry.path}.lock`)
  if (lock === undefined) return false
  if (!dryRun) await rm(entry.path, { recursive: true, force: true })
  return true
}

/** What processes leave that are killed while they take a lock. Locks of living ones show signs of life. */
async function removeLockLeftovers(folder: string): Promise<void> {
  for (const name of (await readdir(folder).catch(gone)) ?? []) {
    if (!isLockName(name) && path.basename(folder) !== USERS) continue
    const found = await stat(path.join(folder, name)).catch(gone)
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED) {
      await removeOwn(path.join(folder, name))
    }
  }
}

function isLockName(name: string): boolean {
  return /\.lock(\..+)?$/.test(name)
}

async function entriesIn(folder: string, state: StoreEntry['state']): Promise<StoreEntry[]> {
  const entries: StoreEntry[] = []
  for (const name of (await readdir(folder)).sort()) {
    if (isLockName(name)) continue
    const file = path.join(folder, name)
    const found = await stat(file).catch(gone)
    if (found === undefined || !found.isFile()) continue
    const digest = `sha256:${name}`
    entries.push({
      ...(isDigest(digest) ? { digest } : {}),
      path: file,
      size: found.size,
      lastUsed: found.mtime,
      state: isDigest(digest) ? state : 'partial',
    })
  }
  return entries
}

/** Downloads without a known digest: a folder each, which a shared one's lock lies beside. */
async function incomingEntries(folder: string): Promise<StoreEntry[]> {
  const entries: StoreEntry[] = []
  for (const name of ((await readdir(folder).catch(gone)) ?? []).sort()) {
    if (isLockName(name)) continue
    const file = path.join(folder, name)
    const found = (await stat(path.join(file, 'content')).catch(gone)) ?? (await stat(file).catch(gone))
    if (found === undefined) continue
    entries.push({
      path: file,
      size: found.isFile() ? found.size : 0,
      lastUsed: found.mtime,
      state: 'partial',
      ...(/^[0-9a-f]{64}$/.test(name) ? { lockable: true } : {}),
    })
  }
  return entries
}
