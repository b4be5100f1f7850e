import type { Text } from './text.ts'

/**
 * What the rooms tell while they work. They never print: a command hands in a `Report` and a reporter of the
 * CLI draws what it gets (a bar per transfer on a terminal, plain lines elsewhere, nothing with --quiet).
 */
export type WorkEvent =
  /** A phase of the command begins: "lock", "fetch", "assemble", a step of the installation. */
  | {
      readonly type: 'phase'
      readonly id: string
      readonly title: Text
      readonly number?: number
      readonly count?: number
    }
  /** Bytes on their way. `total` is unknown until the source has said it. `done === total` ends it. */
  | {
      readonly type: 'transfer'
      readonly id: string
      readonly label: string
      readonly done: number
      readonly total?: number
    }
  /** The end of a transfer, also of one that failed or was found in the store (`fetched: 0`). */
  | { readonly type: 'transferred'; readonly id: string; readonly label: string; readonly fetched: number }
  /** The sum over all transfers of a phase. */
  | {
      readonly type: 'total'
      readonly done: number
      readonly total: number
      readonly items: number
      readonly of: number
    }
  /** Something is being waited for; sent again while the wait goes on, `seconds` counting up. */
  | {
      readonly type: 'wait'
      readonly id: string
      readonly what: Text
      readonly seconds: number
      readonly deadline: number
    }
  | { readonly type: 'note'; readonly level: 'debug' | 'info' | 'warning'; readonly text: Text }

export type Report = (event: WorkEvent) => void

/** A report for callers that want none. */
export const silent: Report = () => {}
