import { expect, it } from 'vitest'
import { cloud, codes, edge, found } from './preflight.sample.ts'

it.each([
  ['a cloud', cloud, 1_900_000_000],
  ['an edge', edge, 480_000_000],
])('%s has enough memory from %3$i bytes on', (_role, settings, memoryBytes) => {
  expect(codes({ settings, facts: { memoryBytes } })).toEqual([])
  expect(codes({ settings, facts: { memoryBytes: memoryBytes - 1 } })).toEqual(['warning MEMORY_SMALL'])
})

it('a clock before the release of its K3s is wrong, and says which day it has', () => {
  const released = Date.UTC(2025, 10, 13) / 1000
  expect(codes({ facts: { clock: released } })).toEqual([])
  const [finding] = found({ facts: { clock: released - 1 } })
  expect(finding).toMatchObject({ code: 'CLOCK_WRONG', seen: { en: expect.stringContaining('2025-11-12') } })
})

it('SELinux that only warns is no finding', () => {
  expect(codes({ facts: { selinux: 'Permissive' } })).toEqual([])
})
