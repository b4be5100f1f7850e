import { expect, it } from 'vitest'
import { roomOf } from './places.ts'

it('takes a file system that counts no inodes for one without a limit of them', () => {
  const bytes = { bavail: 10, blocks: 20, bsize: 4096 }
  expect(roomOf({ ...bytes, ffree: 3, files: 7 })).toEqual({
    ...{ freeBytes: 40_960, totalBytes: 81_920 },
    inodes: { free: 3, total: 7 },
  })
  expect(roomOf({ ...bytes, ffree: 0, files: 0 })).toEqual({ freeBytes: 40_960, totalBytes: 81_920 })
})
