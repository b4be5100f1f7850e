import { setTimeout as sleep } from 'node:timers/promises'
import type { Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import { redactUrl } from './redact.ts'
import { interrupted, RetryableError } from './retryable-error.ts'
import type { Transport } from './transport.ts'

/** How long one transfer is tried, and what to say when that was not enough. */
export interface RetryBudget {
  /**
   * New bytes came: what failed before is forgiven, unless they came too slowly to count.
   * @throws TRANSFER_FAILED when the time for the whole is over, whatever comes
   */
  progress(): void
  /**
   * Waits before the next attempt.
   * @throws TRANSFER_FAILED with what was tried, how often and why it failed; any error that is no {@link RetryableError}
   */
  survive(error: unknown): Promise<void>
}

export interface RetryBudgetOptions {
  readonly transport: Transport
  readonly label: string
  readonly url: string
  /** Fewer attempts than the transport's, where there is another source to turn to. */
  readonly attempts?: number | undefined
}

const UNREACHABLE_ATTEMPTS = 4 // a host that is being restarted is back by then, a wrong name never is

export function openRetryBudget(options: RetryBudgetOptions): RetryBudget {
  const { timeouts } = options.transport
  const started = performance.now()
  const causes = new Map<string, { text: Text; count: number }>()
  let tried = 0
  let inVain = 0
  let slow = 0
  let last: RetryableError | undefined
  let lastByte = started
  return {
    progress() {
      inVain = 0
      lastByte = performance.now()
      if (lastByte <= started + timeouts.total) return
      const why = last ?? new RetryableError({ en: 'it takes too long', zh: '耗时过长' })
      const seconds = Math.round((lastByte - started) / 1000)
      throw givenUp({ options, tried: tried + 1, seconds, causes: [...causes.values()], last: why, pause: 0 })
    },
    async survive(error) {
      if (!(error instanceof RetryableError)) throw error
      tried++
      inVain++
      last = error
      if (error.slow) slow++
      causes.set(error.message, { text: error.text, count: (causes.get(error.message)?.count ?? 0) + 1 })
      const limit = Math.min(options.attempts ?? timeouts.attempts, timeouts.attempts)
      const now = performance.now()
      // A busy server that asks for no pause (`Retry-After: 0`, a date that has passed) is given ours.
      const own = jittered(timeouts.backoff * 2 ** (inVain - 1), timeouts.maxBackoff)
      const pause = Math.max(own, error.retryAfter ?? 0)
      const end = Math.min(lastByte + timeouts.patience, started + timeouts.total)
      const spent =
        slow >= limit || inVain >= (error.unreachable ? Math.min(limit, UNREACHABLE_ATTEMPTS) : limit)
      if (spent || now + pause > end) {
        const seconds = Math.round((now - started) / 1000)
        throw givenUp({
          options,
          tried,
          seconds,
          causes: [...causes.values()],
          last: error,
          pause: spent ? 0 : pause,
        })
      }
      await wait(options, pause, error.text)
    },
  }
}

/** Tries until it succeeds or {@link RetryBudget} ends. */
export async function persist<T>(budget: RetryBudget, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      await budget.survive(error)
    }
  }
}

/** Between half and the whole of a pause, so that many clients do not come back at once. */
function jittered(pause: number, max: number): number {
  return Math.min(pause, max) * (0.5 + Math.random() / 2)
}

async function wait(options: RetryBudgetOptions, pause: number, why: Text): Promise<void> {
  const { signal, report } = options.transport
  const seconds = Math.round(pause / 1000)
  const what = {
    en: `${options.label}: retrying (${why.en})`,
    zh: `${options.label}：等待重试（${why.zh}）`,
  }
  try {
    for (let passed = 0; passed < pause; passed += 1000) {
      if (seconds > 0) {
        const id = `retry ${options.label}`
        report({ type: 'wait', id, what, seconds: Math.round(passed / 1000), deadline: seconds })
      }
      await sleep(Math.min(1000, pause - passed), undefined, signal === undefined ? {} : { signal })
    }
  } catch (error) {
    if (signal?.aborted) throw interrupted(options.url)
    throw error
  }
}

interface Ending {
  readonly options: RetryBudgetOptions
  readonly tried: number
  readonly seconds: number
  readonly causes: readonly { readonly text: Text; readonly count: number }[]
  readonly last: RetryableError
  /** The pause that is longer than the time left; 0 when the attempts are used up. */
  readonly pause: number
}

function givenUp({ options, tried, seconds, causes, last, pause }: Ending): Error {
  const url = redactUrl(options.url)
  const { patience, total } = options.transport.timeouts
  const limit = Math.round(Math.min(patience, total) / 1000)
  const nextIn = Math.ceil(pause / 1000)
  const often = tried === 1 ? 'once' : `${tried} times`
  const list = (lang: 'en' | 'zh') => causes.map(({ text, count }) => `${count} × ${text[lang]}`).join('; ')
  return fail(
    'TRANSFER_FAILED',
    {
      what: { en: `${options.label}: the transfer failed`, zh: `${options.label}：传输失败` },
      because: {
        en: `${url} was tried ${often} in ${seconds} s: ${list('en')}; last: ${last.text.en}${
          pause === 0 ? '' : `; the next attempt would be in ${nextIn} s, past the limit of ${limit} s`
        }`,
        zh: `${url} 在 ${seconds} 秒内尝试 ${tried} 次：${list('zh')}；最后：${last.text.zh}${
          pause === 0 ? '' : `；下次重试需等待 ${nextIn} 秒，超过 ${limit} 秒的期限`
        }`,
      },
      fix: {
        en: 'check the network, the proxy and the server, then run again: it resumes from the partial files',
        zh: '请检查网络、代理和服务器后重试：已收到的数据会保留',
      },
    },
    { cause: last },
  )
}
