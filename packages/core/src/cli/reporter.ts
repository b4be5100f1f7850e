import type { WorkEvent } from '../events.ts'
import { plainText } from '../plain-text.ts'
import type { Lang, Text } from '../text.ts'
import type { Env, Output } from './output.ts'
import { safeOutput } from './output.ts'
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
  const reporter = chooseReporter(options)
  return { ...reporter, report: (event) => reporter.report(plainEvent(event)) }
}

function chooseReporter(options: ReporterOptions): Reporter {
  const { env, lang, quiet } = options
  const output = safeOutput(options.output)
  if (quiet) {
    return {
      report: (event) => {
        if (event.type === 'note' && event.level === 'warning') output.write(`${noteLine(event, lang)}\n`)
      },
      ...nothingDrawn,
    }
  }
  if (output.isTTY === true && env.TERM !== 'dumb' && !env.CI) return ttyReporter(options)
  return plainReporter({ ...options, output })
}

/** Labels and words hold names of others. Widths are measured after this. */
function plainEvent(event: WorkEvent): WorkEvent {
  switch (event.type) {
    case 'transfer':
    case 'transferred':
      return { ...event, label: plainText(event.label) }
    case 'phase':
      return { ...event, title: plainTexts(event.title) }
    case 'wait':
      return { ...event, what: plainTexts(event.what) }
    case 'note':
      return { ...event, text: plainTexts(event.text) }
    case 'total':
      return event
  }
}

function plainTexts({ en, zh }: Text): Text {
  return { en: plainText(en), zh: plainText(zh) }
}
