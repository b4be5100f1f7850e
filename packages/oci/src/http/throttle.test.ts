import { expect, it } from 'vitest'
import { throttle } from './throttle.ts'

it('without a limit nothing waits, whatever the signal', async () => {
  await expect(throttle(undefined, AbortSignal.abort())(Number.MAX_SAFE_INTEGER)).resolves.toBeUndefined()
})

it('makes transfers wait for each other, in their order', async () => {
  const pace = throttle(10_000, undefined)
  const order: string[] = []
  const started = performance.now()
  await Promise.all(
    ['a', 'b', 'c'].map(async (name) => {
      await pace(100)
      order.push(name)
    }),
  )
  expect(order).toEqual(['a', 'b', 'c'])
  expect(performance.now() - started).toBeGreaterThanOrEqual(28)
})

it('stops waiting when the signal comes', async () => {
  const stop = new AbortController()
  const waiting = throttle(1, stop.signal)(1_000_000)
  stop.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
})
