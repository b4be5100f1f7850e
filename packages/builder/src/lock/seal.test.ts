import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { sampleLock, sampleRelease } from '../testing/sample.ts'
import { countItems } from './count-items.ts'
import { canonicalJson, releaseDigest, sealOf } from './seal.ts'

describe('canonical JSON', () => {
  it.each<[unknown, string]>([
    [{ b: 1, a: { d: [2, 1], c: 'x' } }, '{"a":{"c":"x","d":[2,1]},"b":1}'],
    [{ a: undefined, b: null }, '{"b":null}'],
    [[], '[]'],
    ['"', '"\\""'],
    [1.5, '1.5'],
    [true, 'true'],
    [{ ab: 1, a: 2, B: 3 }, '{"B":3,"a":2,"ab":1}'],
  ])('of %j', (value, text) => {
    expect(canonicalJson(value)).toBe(text)
  })
})

it('does not depend on the order in which a release was written', () => {
  const { name, ...rest } = sampleRelease
  expect(releaseDigest({ ...rest, name })).toBe(releaseDigest(sampleRelease))
  expect(releaseDigest({ ...sampleRelease, version: '1.0.1' })).not.toBe(releaseDigest(sampleRelease))
})

it('seals everything of a lock but the seal', () => {
  const { seal: _, ...lock } = sampleLock
  const seal = sealOf(lock)
  expect(sealOf({ ...lock, seal: digestOf('another') } as typeof lock)).toBe(seal)
  const changes = [
    { release: { ...lock.release, version: '2' } },
    { downloads: lock.downloads.slice(1) },
    { images: lock.images.toReversed() },
  ]
  for (const change of changes) expect(sealOf({ ...lock, ...change })).not.toBe(seal)
})

it('counts items from nothing to all', () => {
  const told: string[] = []
  const done = countItems((event) => {
    if (event.type === 'total') told.push(`${event.items}/${event.of} ${event.done}/${event.total}`)
  }, 2)
  done()
  done()
  expect(told).toEqual(['0/2 0/0', '1/2 0/0', '2/2 0/0'])
})
