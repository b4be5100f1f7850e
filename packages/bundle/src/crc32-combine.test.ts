import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { expect, it } from 'vitest'
import { crc32Combine } from './crc32-combine.ts'

it.each([
  [0, 0],
  [0, 5],
  [5, 0],
  [24, 65_535],
  [65_535, 65_535],
  [1, 4_194_304],
  [100_000, 8],
])('gives the CRC of %d bytes and %d more', (first, second) => {
  const bytes = randomBytes(first + second)
  const [one, other] = [crc32(bytes.subarray(0, first)), crc32(bytes.subarray(first))]
  expect(crc32Combine(one, other, second)).toBe(crc32(bytes))
})
