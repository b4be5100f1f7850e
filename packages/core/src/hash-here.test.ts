import { createHash } from 'node:crypto'
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashHere } from './hash-here.ts'

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-here-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('hashing without another thread', () => {
  it('hashes parts of a buffer, each for the hash that it is given to', async () => {
    const here = hashHere()
    const [one, two] = [here.hash(), here.hash('blake2b512')]
    const buffer = Buffer.from('0123456789')
    const hashed = [
      { hash: one, from: 0, to: 4 },
      { hash: two, from: 2, to: 10 },
      { hash: one, from: 8, to: 10 },
    ]
    const passed = await here.pass(buffer, {
      hashed,
      crcs: [
        [0, 10],
        [3, 3],
      ],
    })
    expect(passed).toEqual({ buffer, crcs: [crc32(buffer), 0], written: 0, error: undefined })
    expect(await one.digest()).toBe(sha256(Buffer.from('012389')))
    expect(await two.digest()).toBe(createHash('blake2b512').update('23456789').digest('hex'))
  })

  it('tells a hash on the way, and goes on with it', async () => {
    const here = hashHere()
    const hash = here.hash()
    const feed = (text: string) =>
      here.pass(Buffer.from(text), { hashed: [{ hash, from: 0, to: text.length }] })
    await feed('ab')
    expect(await hash.peek()).toBe(sha256(Buffer.from('ab')))
    await feed('c')
    expect(await hash.digest()).toBe(sha256(Buffer.from('abc')))
  })

  it('writes a buffer’s beginning to a file', async () => {
    const handle = await open(path.join(folder, 'x'), 'w')
    const here = hashHere()
    const write = { fd: handle.fd, length: 3, hash: here.hash() }
    expect((await here.pass(Buffer.from('abcdef'), { write })).written).toBe(3)
    await handle.close()
    expect(await readFile(path.join(folder, 'x'), 'utf8')).toBe('abc')
  })

  it.each([
    ['a part', 2, 5],
    ['all', 0, 3_000_000],
    ['more than there is', 2_999_990, 100],
    ['what is behind the end', 4_000_000, 10],
  ])('reads %s of a file', async (_what, from, length) => {
    const content = Buffer.alloc(3_000_000, 'content of a file ')
    await writeFile(path.join(folder, 'x'), content)
    const handle = await open(path.join(folder, 'x'))
    const hash = hashHere().hash()
    const expected = content.subarray(from, from + length)
    expect(await hash.updateFrom(handle.fd, from, length)).toBe(expected.length)
    expect(await hash.digest()).toBe(sha256(expected))
    await handle.close()
  })
})
