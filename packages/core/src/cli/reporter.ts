import { silent } from '../events.ts'
import type { Lang } from '../text.ts'
import type { Env, Output } from './output.ts'
import { noteLine, plainReporter } from './plain-reporter.ts'
import { nothingDrawn, type Reporter } from './showing.ts'
import { ttyReporter } from './tty-reporter.ts'

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
