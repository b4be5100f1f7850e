import type { Report } from '@edgelift/core'

/** Counts one transfer over all its attempts and sources, and tells the report at most ten times a second. */
export interface Meter {
  /** Bytes came over the network, whether or not they were new. */
  received(bytes: number): void
  /** How much of the content is there. */
  at(done: number, total: number | undefined): void
  /** The whole content has arrived. */
  complete(): void
  /** The transfer has ended, complete or not. */
  end(): void
  readonly fetched: number
}

const INTERVAL = 100 // milliseconds

export interface MeterOptions {
  readonly id: string
  readonly label: string
  /** It is a part of an image, which people do not know by itself. */
  readonly isPart?: boolean
  readonly report: Report
}

export function openMeter({ id, label, isPart = false, report }: MeterOptions): Meter {
  let fetched = 0
  let told = Number.NEGATIVE_INFINITY
  let isComplete = false
  return {
    received(bytes) {
      fetched += bytes
    },
    at(done, total) {
      const now = performance.now()
      if (now - told < INTERVAL && done !== total) return
      told = now
      report({ type: 'transfer', id, label, done, ...(total === undefined ? {} : { total }) })
    },
    complete() {
      isComplete = true
    },
    end() {
      const part = isPart ? { part: true as const } : {}
      report({ type: 'transferred', id, label, fetched, ...part, ...(isComplete ? {} : { partial: true }) })
    },
    get fetched() {
      return fetched
    },
  }
}
