import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contentsOfArchive } from './archive-contents.ts'
import { archiveWriter } from './archive-writer.ts'
import { openArchive } from './parts/open-archive.ts'

const FILES = new Map([
  ['a', Buffer.alloc(5_000_000, 'a')],
  ['b/c', Buffer.alloc(0)],
  ['d', Buffer.from('the last one')],
])

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-contents-'))
  file = path.join(folder, 'x.tar.gz')
  const writer = await archiveWriter({ out: file, top: 'x' })
  for (const [name, bytes] of FILES)
    await writer.file({ path: name, mode: '0644', size: bytes.length, compress: true }, [bytes])
  await writer.finish()
})
afterEach(() => rm(folder, { recursive: true }))

/** What there is; of each file only as many bytes as asked for are read. */
async function read(most = Infinity, signal?: AbortSignal): Promise<[string, number, number][]> {
  await using source = await openArchive(file)
  const found: [string, number, number][] = []
  for await (const { path: name, size, body } of contentsOfArchive(source, signal)) {
    let seen = 0
    for await (const chunk of body) {
      seen += chunk.length
      if (seen >= most) break
    }
    found.push([name, size, Math.min(seen, most)])
  }
  return found
}

describe('the contents of an archive', () => {
  it('come one after the other, without the top directory', async () => {
    expect(await read()).toEqual([...FILES].map(([name, { length }]) => [name, length, length]))
  })

  it('are skipped where one is not read to its end', async () => {
    expect(await read(1)).toEqual([...FILES].map(([name, { length }]) => [name, length, Math.min(length, 1)]))
  })

  it('may be left half way', async () => {
    await using source = await openArchive(file)
    for await (const { path: name } of contentsOfArchive(source)) {
      expect(name).toBe('a')
      break
    }
  })

  it.each([
    ['is cut', () => truncate(file, 3000), /unexpected end/],
    ['is no gzip', () => writeFile(file, 'no archive'), /incorrect header/],
    ['is no tar', () => writeFile(file, gzipSync('no tar '.repeat(1000))), /tar/i],
  ])('end with the reason where it %s', async (_what, spoil, words) => {
    await spoil()
    await expect(read()).rejects.toThrow(words)
  })

  it('end where they are not wanted any more', async () => {
    await expect(read(Infinity, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' })
  })
})
