import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { rateMeter } from './rate.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** The rates that a meter gives for bytes done, each so many milliseconds after the one before. */
function rates(...samples: readonly (readonly [after: number, done: number])[]): number[] {
  const meter = rateMeter()
  return samples.map(([after, done]) => {
    vi.advanceTimersByTime(after)
    return meter(done)
  })
}

it('knows no rate before half a second has been seen', () => {
  expect(rates([0, 0], [499, 1000], [1, 1000])).toEqual([0, 0, 2000])
})

it('tells the rate of the last ten seconds, not of all', () => {
  const steady = Array.from({ length: 10 }, (_, second) => [1000, (second + 1) * 1000] as const)
  const stalled = Array.from({ length: 12 }, () => [1000, 10_000] as const)
  const all = rates([0, 0], ...steady, ...stalled)
  expect(all[10]).toBe(1000)
  expect(all.at(-1)).toBe(0)
})

it('begins again where another transfer does', () => {
  expect(rates([0, 0], [1000, 5000], [1000, 100], [1000, 300])).toEqual([0, 5000, 0, 200])
})
