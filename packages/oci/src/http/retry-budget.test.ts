import type { WorkEvent } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { failureOf, QUICK } from '../testing/test-settings.ts'
import { openRetryBudget, persist, type RetryBudgetOptions } from './retry-budget.ts'
import { RetryableError } from './retryable-error.ts'
import type { Timeouts, Transport } from './transport.ts'

const busy = new RetryableError('busy')

function budget(timeouts: Partial<Timeouts> = {}, more: Partial<RetryBudgetOptions & Transport> = {}) {
  const told: WorkEvent[] = []
  const transport = {
    timeouts: { ...QUICK, ...timeouts },
    report: (event: WorkEvent) => void told.push(event),
    ...(more.signal === undefined ? {} : { signal: more.signal }),
  } as unknown as Transport
  const options = { transport, label: 'layer', url: 'https://reg.test/x?sig=s3cret', attempts: more.attempts }
  return { ...openRetryBudget(options), told }
}
/** How many failures it survives. */
async function survived(
  { survive }: ReturnType<typeof budget>,
  errors: readonly RetryableError[],
): Promise<number> {
  for (const [count, error] of errors.entries())
    if (
      !(await survive(error).then(
        () => true,
        () => false,
      ))
    )
      return count
  return errors.length
}
const times = (count: number, error: RetryableError) => Array<RetryableError>(count).fill(error)

describe('a budget of attempts', () => {
  it.each([
    ['five in vain', {}, busy, 4],
    ['those of a mirror, which are fewer', { attempts: 2 }, busy, 1],
    ['four of a host that is not there', {}, new RetryableError('x', { unreachable: true }), 3],
    ['no more than the transport allows', { attempts: 50 }, busy, 4],
  ])('ends after %s', async (_what, more, error, count) => {
    expect(await survived(budget({}, more), times(9, error))).toBe(count)
  })

  it('begins again once new bytes came', async () => {
    const one = budget()
    expect(await survived(one, times(3, busy))).toBe(3)
    one.progress()
    expect(await survived(one, times(9, busy))).toBe(4)
  })

  it('does not begin again for bytes that come too slowly', async () => {
    const one = budget()
    const slow = new RetryableError('slow', { slow: true })
    let count = 0
    for (; count < 9 && (await survived(one, [slow])) === 1; count++) one.progress()
    expect(count).toBe(4)
  })

  it('ends at once where the server asks for more time than there is', async () => {
    const { survive } = budget({ patience: 2_000 })
    const error = await failureOf(survive(new RetryableError('busy', { retryAfter: 60_000 })))
    expect(error).toMatchObject({
      code: 'TRANSFER_FAILED',
      because: {
        en: 'https://reg.test/x?… was tried once in 0 s: 1 × busy; last: busy; the next attempt would be in 60 s, past the limit of 2 s',
      },
    })
  })

  it('counts causes, names the last and shows no secret of the URL', async () => {
    const { survive } = budget({ attempts: 4 })
    for (const words of ['busy', 'reset', 'busy']) await survive(new RetryableError(words))
    const error = await failureOf(survive(new RetryableError({ en: 'cut', zh: '中断' })))
    expect(error.because?.en).toMatch(/was tried 4 times in \d s: 2 × busy; 1 × reset; 1 × cut; last: cut$/)
    expect(error.because?.zh).toContain('1 × 中断；最后：中断')
    expect(JSON.stringify(error)).not.toContain('s3cret')
  })

  it('ends when the time for the whole is over, though bytes come', async () => {
    const { progress } = budget({ total: -1 })
    expect(progress).toThrow(expect.objectContaining({ code: 'TRANSFER_FAILED' }))
  })

  it('is not asked about other errors', async () => {
    const defect = new TypeError('a defect')
    await expect(budget().survive(defect)).rejects.toBe(defect)
  })
})

it('tells what is waited for, with its deadline, and ends the wait when the signal comes', async () => {
  const stop = new AbortController()
  const { survive, told } = budget({}, { signal: stop.signal })
  const waiting = survive(new RetryableError('busy', { retryAfter: 3_000 }))
  stop.abort()
  await expect(waiting).rejects.toMatchObject({ code: 'INTERRUPTED' })
  expect(told).toMatchObject([
    { type: 'wait', what: { en: 'layer: retrying (busy)' }, seconds: 0, deadline: 3 },
  ])
})

it('tries until it succeeds', async () => {
  let attempts = 0
  const attempt = async () => {
    attempts++
    if (attempts < 3) throw busy
    return 'it'
  }
  expect(await persist(budget(), attempt)).toBe('it')
  expect(attempts).toBe(3)
})
