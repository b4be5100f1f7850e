import { setTimeout as sleep } from 'node:timers/promises'

export interface Patience {
  /** Milliseconds; 60 seconds when left out. */
  readonly timeout?: number
  /** Milliseconds between two tries; half a second when left out. */
  readonly every?: number
  /** What to show when the time is up: the node's own words. */
  readonly explain?: () => Promise<string>
}

/**
 * Tries until `probe` returns something true, and returns that.
 * @throws when the time is up, with what was waited for, the probe's last error and what `explain` says
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T>,
  patience: Patience = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + (patience.timeout ?? 60_000)
  let trouble = ''
  for (;;) {
    try {
      const found = await probe()
      if (found) return found
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error)
    }
    if (Date.now() > deadline) break
    await sleep(patience.every ?? 500)
  }
  const words = await patience.explain?.().catch(() => '')
  throw new Error([`waited in vain: ${what}`, trouble, words].filter(Boolean).join('\n'))
}
