import type { Report } from '@edgelift/core'
import { type Need, transferSize } from './needs.ts'

/** Follows the transfers of one build. */
export interface Progress {
  /** For whoever transfers: passes every event on, and the total after it. */
  readonly report: Report
  readonly begin: (needs: readonly Need[]) => void
  readonly finished: () => void
  /** Bytes that came over the network so far. */
  readonly fetched: () => number
}

export function trackTransfers(report: Report): Progress {
  const byId = new Map<string, number>()
  let [total, of, items, done, fetched] = [0, 0, 0, 0, 0]
  const tell = (): void => {
    if (of > 0) report({ type: 'total', done: Math.min(done, total), total, items, of })
  }
  return {
    report: (event) => {
      if (event.type === 'transferred') fetched += event.fetched
      if (event.type === 'transfer') {
        done += event.done - (byId.get(event.id) ?? 0)
        byId.set(event.id, event.done)
      }
      report(event)
      if (event.type === 'transfer') tell()
    },
    begin: (needs) => {
      of = needs.length
      total = needs.reduce((sum, need) => sum + transferSize(need), 0)
    },
    finished: () => {
      items++
      tell()
    },
    fetched: () => fetched,
  }
}
