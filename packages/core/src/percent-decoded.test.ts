import { expect, it } from 'vitest'
import { percentDecoded } from './percent-decoded.ts'

it.each([
  ['k3s%2Bk3s1', 'k3s+k3s1'],
  ['%E4%BA%91', '云'],
  ['100%', '100%'],
  ['%ff', '%ff'],
])('%s is %s', (text, decoded) => {
  expect(percentDecoded(text)).toBe(decoded)
})
