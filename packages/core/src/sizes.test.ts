import { expect, it } from 'vitest'
import { parseBytes } from './sizes.ts'

it.each([
  ['4GB', 4_000_000_000],
  ['4 GB', 4_000_000_000],
  ['4g', 4_000_000_000],
  ['1.5MB', 1_500_000],
  ['4GiB', 4 * 2 ** 30],
  ['700M', 700_000_000],
  ['512', 512],
  ['0', undefined],
  ['0.1', undefined],
  ['-1GB', undefined],
  ['4 gigabytes', undefined],
  ['iB', undefined],
  ['4i', undefined],
  ['', undefined],
  ['9000000TB', undefined],
  ['1e9', undefined],
])('a size of %j is %s bytes', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes)
})
