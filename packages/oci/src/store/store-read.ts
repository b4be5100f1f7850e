import type { Stats } from 'node:fs'
import { type FileHandle, stat } from 'node:fs/promises'
import {
  contentMismatch,
  type Digest,
  type Expected,
  giveBuffer,
  hashThread,
  openRegular,
  type ThreadHash,
  takeBuffer,
} from '@edgelift/core'
import { missingOr, unreadableOr } from './store-errors.ts'
import { gone } from './store-files.ts'

/** The blobs that this process has hashed and found right, each with the file that it was then. */
export interface CheckedBlobs {
  /** Notes that the blob in this file was hashed. */
  add(digest: Digest, file: string): Promise<void>
  has(digest: Digest, found: Stats): boolean
}

export function checkedBlobs(): CheckedBlobs {
  const files = new Map<Digest, string>()
  // Of the times only that of birth, since a file system gives a removed file's inode to the next one: `prune` goes by the
  // others, so that every process that uses a blob sets them.
  const identity = ({ dev, ino, size, birthtimeMs }: Stats): string => `${dev} ${ino} ${size} ${birthtimeMs}`
  return {
    async add(digest, file) {
      const found = await stat(file).catch(gone)
      if (found !== undefined) files.set(digest, identity(found))
    },
    has: (digest, found) => files.get(digest) === identity(found),
  }
}

/**
 * The bytes of a blob in pieces of 1 MiB, each valid until the next is asked for. The iteration fails at its end when they
 * are not what was expected. What this process has checked before, in the very same file, is not hashed again.
 * @throws STORE_BLOB_MISSING, STORE_BLOB_DAMAGED, SIZE_MISMATCH, DIGEST_MISMATCH
 */
export async function* readBlob(
  file: string,
  expected: Expected & { readonly size: number },
  { what, checked }: { readonly what: string; readonly checked: CheckedBlobs },
): AsyncGenerator<Uint8Array> {
  const { digest, size } = expected
  const handle = await openRegular(file).catch((error: unknown) => {
    throw missingOr(error, digest)
  })
  const hash = checked.has(digest, await handle.stat()) ? undefined : hashThread().hash()
  try {
    let seen = 0
    for await (const piece of pieces(handle, hash)) {
      seen += piece.length
      if (seen > size) break
      yield piece
    }
    const found = hash === undefined ? digest : `sha256:${await hash.digest()}`
    const problem = contentMismatch(expected, { size: seen, digest: found }, what)
    if (problem !== null) throw problem
    if (hash !== undefined) await checked.add(digest, file)
  } catch (error) {
    throw unreadableOr(error, digest, file)
  } finally {
    hash?.drop()
    await handle.close()
  }
}

/** A file in pieces; the next is read and hashed while the last one is used. */
async function* pieces(handle: FileHandle, hash: ThreadHash | undefined): AsyncGenerator<Uint8Array> {
  const read = async (at: number): Promise<{ readonly buffer: Buffer; readonly length: number }> => {
    const buffer = takeBuffer()
    const { bytesRead: length } = await handle.read(buffer, 0, buffer.length, at)
    if (hash === undefined) return { buffer, length }
    const passed = await hash.thread.pass(buffer, { hashed: [{ hash, from: 0, to: length }] })
    return { buffer: passed.buffer, length }
  }
  let at = 0
  let next = read(at)
  try {
    for (;;) {
      const { buffer, length } = await next
      if (length === 0) return giveBuffer(buffer)
      at += length
      next = read(at)
      try {
        yield buffer.subarray(0, length)
      } finally {
        giveBuffer(buffer)
      }
    }
  } finally {
    await next.catch(() => {}) // the handle is closed after the last reading has ended
  }
}
