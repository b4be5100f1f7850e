import type { Report } from '../events.ts'

/** Shows events. It is the only writer of its terminal while it is open. */
export interface Reporter {
  readonly report: Report
  /** Takes progress off the terminal, so that something else can write there, until the returned function is called. */
  readonly pause: () => () => void
  /** Leaves the terminal without anything half drawn. */
  readonly close: () => void
}

/** For reporters that draw nothing in place. */
export const nothingDrawn: Omit<Reporter, 'report'> = { pause: () => () => {}, close: () => {} }
