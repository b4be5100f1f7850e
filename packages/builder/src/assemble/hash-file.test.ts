import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { sha256OfFile } from './hash-file.ts'

it('hashes several files at once, and tells of one that is not there', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-hash-'))
  try {
    const contents = [Buffer.alloc(0), Buffer.alloc(3_000_001, 'x'), Buffer.from('small')]
    const files = contents.map((_, index) => path.join(folder, String(index)))
    await Promise.all(files.map((file, index) => writeFile(file, contents[index] ?? '')))
    const expected = contents.map((bytes) => createHash('sha256').update(bytes).digest('hex'))
    expect(await Promise.all(files.map(sha256OfFile))).toEqual(expected)
    await expect(sha256OfFile(path.join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' })
  } finally {
    await rm(folder, { recursive: true })
  }
})
