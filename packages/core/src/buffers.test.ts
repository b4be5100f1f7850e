import { expect, it } from 'vitest'
import { freeBuffer, giveBuffer, takeBuffer } from './buffers.ts'
import { CHUNK } from './sizes.ts'

it('gives large ones out again, and none twice', () => {
  const first = takeBuffer()
  giveBuffer(first)
  const [again, another] = [takeBuffer(), takeBuffer()]
  expect(again.buffer).toBe(first.buffer)
  expect(another.buffer).not.toBe(first.buffer)
})

it('frees the memory of a large one at once, and leaves what small ones share', () => {
  const [large, small, neighbour] = [Buffer.alloc(CHUNK), Buffer.from('small'), Buffer.from('neighbour')]
  const before = process.memoryUsage().arrayBuffers
  freeBuffer(large)
  freeBuffer(small)
  expect(large.length).toBe(0)
  expect(process.memoryUsage().arrayBuffers).toBeLessThanOrEqual(before - CHUNK)
  expect([small.toString(), neighbour.toString()]).toEqual(['small', 'neighbour'])
})
