import type { Report } from '../events.ts'
import { silent } from '../events.ts'
import type { Lang } from '../text.ts'
import type { Env, Output } from './output.ts'
import { noteLine, plainReporter } from './plain-reporter.ts'
import { ttyReporter } from './tty-reporter.ts'

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

export interface ReporterOptions {
  readonly output: Output
  readonly env: Env
  readonly lang: Lang
  /** Warnings only. */
  readonly quiet: boolean
  /** Debug notes too. */
  readonly verbose: boolean
}

/** Bars on a terminal, plain lines elsewhere (also where `CI` is set or TERM is `dumb`), warnings alone when quiet. */
export function openReporter(options: ReporterOptions): Reporter {
  const { output, env, lang, quiet } = options
  if (quiet) {
    return {
      report: (event) => {
        if (event.type === 'note' && event.level === 'warning') output.write(`${noteLine(event, lang)}\n`)
      },
      ...nothingDrawn,
    }
  }
  if (output.isTTY === true && env.TERM !== 'dumb' && !env.CI) return ttyReporter(options)
  return plainReporter(options)
}

/** A reporter for callers that show nothing. */
export const noReporter: Reporter = { report: silent, ...nothingDrawn }
