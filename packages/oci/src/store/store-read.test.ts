import { copyFile, mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { CHUNK, type Digest, digestOf } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openStore, type Store } from './store.ts'

let root = ''
let store: Store
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-read-'))
  store = await openStore(root)
})
afterEach(() => rm(root, { recursive: true }))

async function contentOf(digest: Digest, size: number, from = store): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of from.read({ digest, size }, 'x')) pieces.push(Buffer.from(piece))
  return Buffer.concat(pieces)
}

const bytesOf = (size: number): Buffer => Buffer.alloc(size, 'not all pieces are the same ')

async function overwrite(file: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write('damage', 3)
  await handle.close()
}

describe('a blob that is read', () => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 7])('gives all of its %d bytes', async (size) => {
    const digest = await store.putBytes(bytesOf(size))
    for (const from of [store, store, await openStore(root)])
      expect((await contentOf(digest, size, from)).equals(bytesOf(size))).toBe(true)
  })

  it.each([
    ['changed', (bytes: Buffer) => Buffer.alloc(bytes.length), 'DIGEST_MISMATCH'],
    ['cut', (bytes: Buffer) => bytes.subarray(1), 'SIZE_MISMATCH'],
    ['lost by a power failure', () => Buffer.alloc(0), 'SIZE_MISMATCH'],
    ['too long', (bytes: Buffer) => Buffer.concat([bytes, bytes]), 'SIZE_MISMATCH'],
  ])('fails when it is %s, whoever has written it', async (_name, change, code) => {
    const bytes = bytesOf(2 * CHUNK + 5)
    const { digest } = await store.putStream(asStream(bytes))
    await rename(store.pathOf(digest), path.join(root, 'before')) // keeps its inode
    await writeFile(store.pathOf(digest), change(bytes))
    for (const from of [store, await openStore(root)])
      await expect(contentOf(digest, bytes.length, from)).rejects.toMatchObject({ code })
  })

  it('fails when it is not there', async () => {
    await expect(contentOf(digestOf('x'), 1)).rejects.toMatchObject({ code: 'STORE_BLOB_MISSING' })
  })

  it('is hashed once in a run, and again by the next one', async () => {
    const bytes = bytesOf(CHUNK)
    const { digest } = await store.putStream(asStream(bytes))
    await overwrite(store.pathOf(digest))
    await expect(contentOf(digest, CHUNK)).resolves.toHaveLength(CHUNK)
    await expect(contentOf(digest, CHUNK, await openStore(root))).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    })
  })

  it('is hashed again when another file has its name', async () => {
    const bytes = bytesOf(CHUNK)
    const { digest } = await store.putStream(asStream(bytes))
    const other = path.join(root, 'other')
    await copyFile(store.pathOf(digest), other)
    await overwrite(other)
    await rename(other, store.pathOf(digest))
    await expect(contentOf(digest, CHUNK)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })

  it('is hashed again when another file has its name and got its inode', async () => {
    const { digest } = await store.putStream(asStream(bytesOf(CHUNK)))
    await rm(store.pathOf(digest))
    await writeFile(store.pathOf(digest), Buffer.alloc(CHUNK)) // ext4 gives it the inode that has become free
    await expect(contentOf(digest, CHUNK)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })

  it('may be given up in the middle', async () => {
    const digest = await store.putBytes(bytesOf(9 * CHUNK))
    for (let times = 0; times < 100; times++)
      for await (const piece of store.read({ digest, size: 9 * CHUNK }, 'x')) if (piece.length > 0) break
    expect((await contentOf(digest, 9 * CHUNK)).equals(bytesOf(9 * CHUNK))).toBe(true)
  })
})

function asStream(bytes: Uint8Array): Readable {
  return Readable.from([bytes])
}
