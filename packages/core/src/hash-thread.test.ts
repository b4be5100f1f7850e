import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { giveBuffer, takeBuffer } from './buffers.ts'
import { hashThread } from './hash-thread.ts'
import { CHUNK } from './sizes.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-thread-'))
})
afterAll(() => rm(folder, { recursive: true }))

function filled(bytes: Uint8Array): Buffer {
  const buffer = takeBuffer()
  buffer.set(bytes)
  return buffer
}

describe('a thread that hashes', () => {
  it('adds parts of a buffer to several hashes, takes CRCs and gives the buffer back', async () => {
    const bytes = randomBytes(1000)
    const thread = hashThread()
    const [one, other] = [thread.hash(), thread.hash('blake2b512')]
    const hashed = [
      { hash: one, from: 0, to: 300 },
      { hash: other, from: 300, to: 1000 },
      { hash: one, from: 900, to: 1000 },
    ]
    const sent = filled(bytes)
    const passed = await thread.pass(sent, { hashed, crcs: [[10, 20], [0, 1000]] }) // biome-ignore format: pairs
    expect(sent).toHaveLength(0)
    expect(passed.buffer.subarray(0, 1000)).toEqual(bytes)
    expect(passed.crcs).toEqual([crc32(bytes.subarray(10, 20)), crc32(bytes)])
    expect(await one.digest()).toBe(sha256(Buffer.concat([bytes.subarray(0, 300), bytes.subarray(900)])))
    expect(await other.digest()).toBe(createHash('blake2b512').update(bytes.subarray(300)).digest('hex'))
    giveBuffer(passed.buffer)
  })

  it('keeps the order of what is sent without waiting, and tells a hash in between', async () => {
    const pieces = Array.from({ length: 40 }, () => randomBytes(777))
    const hash = hashThread().hash()
    const peeks = pieces.map((piece) => {
      const passing = hash.thread.pass(filled(piece), { hashed: [{ hash, from: 0, to: piece.length }] })
      passing.then(({ buffer }) => giveBuffer(buffer))
      return hash.peek()
    })
    const expected = pieces.map((_, index) => sha256(Buffer.concat(pieces.slice(0, index + 1))))
    expect(await Promise.all(peeks)).toEqual(expected)
    expect(await hash.digest()).toBe(expected.at(-1))
  })

  it('reads a part of a file', async () => {
    const bytes = randomBytes(2 * CHUNK + 100)
    const file = path.join(folder, 'file')
    await writeFile(file, bytes)
    const handle = await open(file, 'r')
    const hash = hashThread().hash()
    expect(await hash.updateFrom(handle.fd, 50, CHUNK + 10)).toBe(CHUNK + 10)
    expect(await hash.updateFrom(handle.fd, CHUNK + 60, 9 * CHUNK)).toBe(CHUNK + 40)
    expect(await hash.digest()).toBe(sha256(bytes.subarray(50)))
    await handle.close()
  })

  it('tells what the system says of a file, with its code', async () => {
    const hash = hashThread().hash()
    await expect(hash.updateFrom(99_999, 0, 1)).rejects.toMatchObject({ code: 'EBADF', syscall: 'read' })
    hash.drop()
  })
})
