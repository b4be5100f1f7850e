import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { hashThread } from './hash-thread.ts'
import { hashedWriter } from './hashed-writer.ts'
import { CHUNK } from './sizes.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-writer-'))
})
afterAll(() => rm(folder, { recursive: true }))

it.each([
  ['small pieces', 700, 5000],
  ['pieces of the buffer’s length', CHUNK, 5],
  ['pieces longer than several buffers', 3 * CHUNK + 11, 3],
])('writes and hashes %s in their order, though each changes at once', async (_name, size, count) => {
  const handle = await open(path.join(folder, `file-${size}`), 'wx')
  const hash = hashThread().hash()
  let wrote = 0
  const writer = hashedWriter({ fd: handle.fd, hash, wrote: (bytes) => (wrote += bytes) })
  const expected: Buffer[] = []
  for (let number = 0; number < count; number++) {
    const piece = randomBytes(size)
    expected.push(Buffer.from(piece))
    await writer.write(piece)
    piece.fill(0)
  }
  await writer.flush()
  await handle.close()
  const all = Buffer.concat(expected)
  expect((await readFile(path.join(folder, `file-${size}`))).equals(all)).toBe(true)
  expect(await hash.digest()).toBe(createHash('sha256').update(all).digest('hex'))
  expect(wrote).toBe(all.length)
})

it('tells why the disk took no more, and writes nothing after that', async () => {
  const handle = await open('/dev/full', 'w')
  const hash = hashThread().hash()
  let wrote = 0
  const writer = hashedWriter({ fd: handle.fd, hash, wrote: (bytes) => (wrote += bytes) })
  const writing = (async () => {
    for (let number = 0; number < 10; number++) await writer.write(randomBytes(CHUNK))
  })()
  await expect(writing).rejects.toMatchObject({ code: 'ENOSPC', syscall: 'write' })
  await expect(writer.flush()).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(wrote).toBe(0)
  hash.drop()
  await handle.close()
})
