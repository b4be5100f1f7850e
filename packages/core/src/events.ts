import type { Text } from './text.ts'

/**
 * Progress of a command. Packages never print: a command passes in a `Report`, and a reporter of the CLI shows the
 * events (a bar per transfer on a terminal, plain lines elsewhere, nothing with --quiet).
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
  /** Bytes in transfer. `total` is unknown until the source reports it. `done === total` ends the transfer. */
  | {
      readonly type: 'transfer'
      readonly id: string
      readonly label: string
      readonly done: number
      readonly total?: number
    }
  /**
   * The end of a transfer. `fetched` is 0 where the store had the content; `partial` marks one that failed. `part` marks a
   * blob of an image; one more event with the number of `parts` follows when the image is complete, with their sum.
   */
  | {
      readonly type: 'transferred'
      readonly id: string
      readonly label: string
      readonly fetched: number
      readonly partial?: true
      readonly part?: true
      readonly parts?: number
    }
  /** The sum over all transfers of a phase. `done` and `total` are bytes; both are 0 where only `items` can be counted. */
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
