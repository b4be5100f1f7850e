import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { fileStream } from './file-stream.ts'
import { hashFile } from './hash-file.ts'
import { CHUNK } from './sizes.ts'

it.each([0, 1, CHUNK, 2 * CHUNK + 7])(
  'reads a file of %d bytes to its end, and tells of each piece',
  async (size) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'edgelift-hash-'))
    try {
      const content = Buffer.alloc(size, 'edge')
      await writeFile(path.join(folder, 'file'), content)
      const pieces: number[] = []
      expect(await hashFile(path.join(folder, 'file'), (bytes) => pieces.push(bytes))).toEqual({
        size,
        sha256: createHash('sha256').update(content).digest('hex'),
      })
      expect(pieces.reduce((sum, bytes) => sum + bytes, 0)).toBe(size)
      await expect(hashFile(path.join(folder, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' })
    } finally {
      await rm(folder, { recursive: true })
    }
  },
)

/** A regular file that cannot be read, as one in a bad sector. */
const UNREADABLE = '/proc/self/mem'

it('names the file that the disk cannot read', async () => {
  const named = { code: 'EIO', path: UNREADABLE }
  await expect(hashFile(UNREADABLE)).rejects.toMatchObject(named)
  await expect(fileStream(UNREADABLE).toArray()).rejects.toMatchObject(named)
})
