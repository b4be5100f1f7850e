import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CHUNK, type Digest, isErrno, syncFolder, writeAll } from '@edgelift/core'
import { storeProblem } from './store-errors.ts'

/** The size of a regular file; undefined when there is none. */
export async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** For a `catch`: what another process removes meanwhile is undefined. */
export function gone(error: unknown): undefined {
  if (isErrno(error, 'ENOENT')) return undefined
  throw error
}

/** Keeps a stream under the digest that it turns out to have. A stream that fails leaves nothing. */
export async function keepStream(
  root: string,
  stream: Readable,
  pathOf: (digest: Digest) => string,
): Promise<{ digest: Digest; size: number }> {
  const temporary = path.join(root, 'partial', `new-${randomBytes(8).toString('hex')}`)
  const hash = createHash('sha256')
  let size = 0
  try {
    const handle = await open(temporary, 'wx', 0o644).catch(storeProblem(root))
    try {
      await writeInChunks(handle, stream, (written) => {
        hash.update(written)
        size += written.length
      }).catch(storeProblem(root))
      await handle.sync()
    } finally {
      await handle.close()
    }
    const digest = `sha256:${hash.digest('hex')}` as Digest
    const target = pathOf(digest)
    await rename(temporary, target).catch(storeProblem(root))
    await syncFolder(path.dirname(target))
    return { digest, size }
  } catch (error) {
    stream.destroy()
    await rm(temporary, { force: true })
    throw error
  }
}

/**
 * Writes a stream in pieces of 1 MiB, telling what has been written. What arrived before the stream failed is written
 * too; chunks are taken over as soon as they come, since a stream that fails drops what it still holds.
 */
export async function writeInChunks(
  handle: FileHandle,
  body: Readable,
  wrote: (bytes: Uint8Array) => void,
): Promise<void> {
  let batch: Buffer[] = []
  let held = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    const pieces = batch
    batch = []
    held = 0
    await writeAll(handle, pieces, wrote)
  }
  const collector = new Writable({
    write(chunk: Buffer, _encoding, done) {
      batch.push(chunk)
      held += chunk.length
      if (held < CHUNK) {
        done()
        return
      }
      writing = flush()
      writing.then(() => done(), done)
    },
  })
  try {
    await pipeline(body, collector)
  } finally {
    await writing
    await flush()
  }
}
