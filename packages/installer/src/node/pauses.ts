import { setTimeout as sleep } from 'node:timers/promises'

const FIRST = 100
const LONGEST = 1000
const GROWTH = 1.5

/** Milliseconds between looks, without end: short at first, since most of what is waited for comes within a second. */
export function* pauses(): Generator<number, never> {
  for (let pause = FIRST; ; pause = Math.min(LONGEST, pause * GROWTH)) yield pause
}

/**
 * Does something again for so many seconds while it fails in a way that passes.
 * @throws as it failed last, and at once where that does not pass
 */
export async function untilDone(
  attempt: () => Promise<void>,
  { seconds, passes }: { readonly seconds: number; readonly passes: (error: unknown) => boolean },
): Promise<void> {
  let last: unknown
  const once = async (): Promise<true | undefined> => {
    try {
      await attempt()
      return true
    } catch (error) {
      if (!passes(error)) throw error
      last = error
      return undefined
    }
  }
  if ((await lookFor(once, { seconds })) === undefined) throw last
}

/** Looks until there is something to see; undefined when there is nothing after so many seconds. */
export async function lookFor<T>(
  look: () => Promise<T | undefined>,
  { seconds, signal }: { readonly seconds: number; readonly signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const until = performance.now() + seconds * 1000
  for (const pause of pauses()) {
    const seen = await look()
    if (seen !== undefined || performance.now() >= until) return seen
    await sleep(pause, undefined, { signal })
  }
  return undefined
}
