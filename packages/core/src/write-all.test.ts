import type { FileHandle } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { writeAll } from './write-all.ts'

/** A disk that takes at most `most` bytes at once, and fails when `capacity` are written. */
function disk(most: number, capacity = 1000) {
  const written: number[] = []
  const writev = async (pieces: readonly Uint8Array[]) => {
    if (written.length >= capacity) throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const bytes = Buffer.concat(pieces).subarray(0, Math.min(most, capacity - written.length))
    written.push(...bytes)
    return { bytesWritten: bytes.length, buffers: pieces }
  }
  return { written, handle: { writev } as unknown as FileHandle }
}

const pieces = ['ab', '', 'cdefg', 'h', 'ijk'].map((text) => Buffer.from(text))

it.each([1, 2, 3, 4, 7, 100])(
  'writes every piece in order when the disk takes %i bytes at once',
  async (most) => {
    const { written, handle } = disk(most)
    let told = ''
    await writeAll(handle, pieces, (bytes) => {
      told += Buffer.from(bytes).toString()
    })
    expect(Buffer.from(written).toString()).toBe('abcdefghijk')
    expect(told).toBe('abcdefghijk')
  },
)

it('tells what was written before the disk was full', async () => {
  const { handle } = disk(4, 6)
  let told = ''
  const writing = writeAll(handle, pieces, (bytes) => {
    told += Buffer.from(bytes).toString()
  })
  await expect(writing).rejects.toMatchObject({ code: 'ENOSPC' })
  expect(told).toBe('abcdef')
})
