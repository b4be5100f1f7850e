import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A limit of bytes per second that all transfers share: `await pace(n)` before n bytes are passed on. Calls are
 * served in order; without a limit they return at once.
 */
export function throttle(
  bytesPerSecond: number | undefined,
  signal: AbortSignal | undefined,
): (bytes: number) => Promise<void> {
  if (bytesPerSecond === undefined) return async () => {}
  let free = performance.now()
  return async (bytes) => {
    const now = performance.now()
    free = Math.max(free, now) + (bytes * 1000) / bytesPerSecond
    // Timers are exact to a millisecond: shorter debts are paid together with the next.
    if (free - now >= 2) await sleep(free - now, undefined, signal === undefined ? {} : { signal })
  }
}
