import { getHeapSpaceStatistics } from 'node:v8'
import { takeBuffer } from './buffers.ts'
import { hashThread } from './hash-thread.ts'
import { keepHeapSmall } from './small-heap.ts'

// A process of the test: starts a thread, keeps many young objects alive, and prints the bytes of its young generation.
if (process.argv[2] === 'small') keepHeapSmall()
const hash = hashThread().hash()
await hash.thread.pass(takeBuffer(), { hashed: [{ hash, from: 0, to: 10 }] })
let kept: object[] = []
for (let count = 0; count < 5_000_000; count++) {
  kept.push({ count })
  if (kept.length > 200_000) kept = []
}
const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space')
process.stdout.write(`${young?.space_size}\n`)
hash.drop()
