import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { clearWay, type Digest, hashedWriter, hashThread, isErrno, type ThreadHash } from '@edgelift/core'
import { storeProblem } from './store-errors.ts'

/** The size of a regular file; undefined when there is none. */
export async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw error
  }
}

/** For a `catch`: what another process removes meanwhile, and a link that leads nowhere, is undefined. */
export function gone(error: unknown): undefined {
  if (isErrno(error, 'ENOENT', 'ELOOP')) return undefined
  throw error
}

/** Moves a file to the place of one that only the store writes, which something else may take up. */
export async function moveOwn(from: string, to: string): Promise<void> {
  await clearWay(to)
  await rename(from, to)
}

/** Keeps a stream under the digest that it turns out to have. A stream that fails leaves nothing. */
export async function keepStream(
  root: string,
  stream: Readable,
  pathOf: (digest: Digest) => string,
): Promise<{ digest: Digest; size: number }> {
  const temporary = path.join(root, 'partial', `new-${randomBytes(8).toString('hex')}`)
  const hash = hashThread().hash()
  let size = 0
  try {
    const handle = await open(temporary, 'wx', 0o644).catch(storeProblem(root))
    try {
      await writeHashed({ handle, hash, wrote: (bytes) => (size += bytes) }, stream).catch(storeProblem(root))
    } finally {
      await handle.close()
    }
    const digest = `sha256:${await hash.digest()}` as Digest
    const target = pathOf(digest)
    await moveOwn(temporary, target).catch(storeProblem(root))
    return { digest, size }
  } catch (error) {
    stream.destroy()
    await rm(temporary, { force: true })
    throw error
  } finally {
    hash.drop()
  }
}

/**
 * Appends a stream to a file and to a hash. What arrived before the stream failed is written too; chunks are taken over as
 * soon as they come, since a stream that fails drops what it still holds.
 * @param to.wrote told how many bytes more the file has
 * @param to.hashed told when the hash covers all that was written, also where the stream has failed
 */
export async function writeHashed(
  to: {
    readonly handle: FileHandle
    readonly hash: ThreadHash
    readonly wrote: (bytes: number) => void
    readonly hashed?: () => void
  },
  body: Readable,
): Promise<void> {
  const writer = hashedWriter({ fd: to.handle.fd, hash: to.hash, wrote: to.wrote })
  const collector = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const waiting = writer.write(chunk)
      if (waiting === undefined) done()
      else waiting.then(() => done(), done)
    },
  })
  try {
    await pipeline(body, collector)
  } finally {
    await writer.flush()
    to.hashed?.()
  }
}
