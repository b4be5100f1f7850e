import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArchive } from './archive-reader.ts'
import { archiveWriter } from './archive-writer.ts'
import { packContent } from './pack-content.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-packing-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function* cutInto(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const piece of pieces) chunks.push(piece)
  return Buffer.concat(chunks)
}

/** Noise with many repetitions, near and far, the same on every machine. */
function likeAProgram(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  let state = 1
  const next = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return (state >>> 8) % below
  }
  for (let at = 0; at < size; ) {
    const back = at > 0 && next(3) === 0 ? 1 + next(Math.min(at, 30_000)) : 0
    for (const end = Math.min(size, at + (back === 0 ? 1 : 3 + next(60))); at < end; at++)
      bytes[at] = back === 0 ? next(256) : (bytes[at - back] ?? 0)
  }
  return bytes
}

describe('packContent', () => {
  const content = Buffer.concat([Buffer.alloc(9_000_000, 'some text '), randomBytes(50_001)])

  it('gives the same members however the content arrives', async () => {
    const once = await all(packContent(cutInto(content, 1_000_000)))
    expect(once.equals(await all(packContent(cutInto(content, 77_777))))).toBe(true)
    expect(once.length).toBeLessThan(content.length / 10)
  })

  // Fails where zlib compresses otherwise: a new version, or a path for another kind of CPU. See ADR 2.
  it('gives the bytes that it gives everywhere', async () => {
    const members = await all(packContent(cutInto(likeAProgram(5_000_000), 65_536)))
    expect(createHash('sha256').update(members).digest('hex')).toBe(
      '8d8da7a9e737ba0fcdf1734c23c55374231ae3287d49acc998bef36bcac2d2d8',
    )
  })

  it('makes files that the reader finds among others, with their hashes', async () => {
    const out = path.join(folder, 'a.tar.gz')
    const writer = await archiveWriter({ out, top: 'a' })
    await writer.file({ path: 'first', mode: '0644', size: 3, compress: true }, [Buffer.from('one')])
    const members = packContent(cutInto(content, 65_536))
    await writer.packed({ path: 'bin/program', mode: '0755', size: content.length }, members)
    await writer.file({ path: 'last', mode: '0644', size: 3, compress: false }, [Buffer.from('two')])
    await writer.finish()
    const { files, suspect } = await readArchive(out, { keep: () => false, checksums: true })
    expect(suspect).toBeUndefined()
    expect(files.map(({ path: name, mode, size }) => [name, mode, size])).toEqual([
      ['a/first', '0644', 3],
      ['a/bin/program', '0755', content.length],
      ['a/last', '0644', 3],
    ])
    expect(files[1]?.sha256).toBe(createHash('sha256').update(content).digest('hex'))
  })
})
