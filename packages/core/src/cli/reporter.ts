import type { Report } from '../events.ts'
import { silent } from '../events.ts'
import type { Lang } from '../text.ts'
import type { Env, Output } from './output.ts'
import { noteLine, plainReporter } from './plain-reporter.ts'
import { ttyReporter } from './tty-reporter.ts'

/** Draws events; `close` leaves the terminal as it was found, with nothing half drawn. */
export interface Reporter {
  readonly report: Report
  readonly close: () => void
}

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
      close: () => {},
    }
  }
  if (output.isTTY === true && env.TERM !== 'dumb' && !env.CI) return ttyReporter(options)
  return plainReporter(options)
}

/** A reporter for callers that show nothing. */
export const noReporter: Reporter = { report: silent, close: () => {} }
