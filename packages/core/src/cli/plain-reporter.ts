import type { WorkEvent } from '../events.ts'
import { formatBytes } from '../sizes.ts'
import type { Lang } from '../text.ts'
import type { Output } from './output.ts'
import { nothingDrawn, type Reporter } from './showing.ts'

export interface PlainReporterOptions {
  readonly output: Output
  readonly lang: Lang
  readonly verbose: boolean
  /** Milliseconds since some fixed moment; Node's own when left out. */
  readonly now?: () => number
}

const TOTAL_EVERY = 5_000 // a line of the total at most this often, in milliseconds: logs are read by people
const WAIT_EVERY = 15_000

/** Plain lines, one per image or file: for CI logs, files and screen readers. */
export function plainReporter(options: PlainReporterOptions): Reporter {
  const { output, lang, verbose, now = () => performance.now() } = options
  let totalAt = Number.NEGATIVE_INFINITY
  const waits = new Map<string, number>()
  const line = (text: string): void => {
    output.write(`${text}\n`)
  }
  const report = (event: WorkEvent): void => {
    switch (event.type) {
      case 'phase':
        line(phaseLine(event, lang))
        break
      case 'transferred':
        if (event.partial === true) {
          if (event.fetched > 0) line(`  ${event.label}  ${formatBytes(event.fetched)} ${partialWords(lang)}`)
        } else if (verbose || (event.fetched > 0 && event.part !== true))
          line(`  ${event.label}  ${formatBytes(event.fetched)}`)
        break
      case 'total':
        if (!isFull(event) && now() - totalAt < TOTAL_EVERY) break
        totalAt = now()
        line(totalLine(event, lang))
        break
      case 'wait':
        if (now() - (waits.get(event.id) ?? Number.NEGATIVE_INFINITY) < WAIT_EVERY) break
        waits.set(event.id, now())
        line(waitLine(event, lang))
        break
      case 'note':
        if (event.level !== 'debug' || verbose) line(noteLine(event, lang))
        break
      case 'transfer':
        break
    }
  }
  return { report, ...nothingDrawn }
}

type Of<T extends WorkEvent['type']> = Extract<WorkEvent, { type: T }>

/** What is said of a transfer that was cut off or failed. */
export function partialWords(lang: Lang): string {
  return lang === 'zh' ? '（未完成）' : '(incomplete)'
}

export function phaseLine(event: Of<'phase'>, lang: Lang): string {
  const place = event.number === undefined ? '' : `[${event.number}/${event.count ?? event.number}] `
  return `${place}${event.title[lang]}`
}

function totalLine(event: Of<'total'>, lang: Lang): string {
  const { done, total, items, of } = event
  const bytes =
    total === 0 ? '' : `${Math.floor((100 * done) / total)}%  ${formatBytes(done)} / ${formatBytes(total)}  `
  return lang === 'zh' ? `  合计 ${bytes}${items}/${of} 项` : `  total ${bytes}${items}/${of}`
}

function isFull({ done, total, items, of }: Of<'total'>): boolean {
  return total === 0 ? items === of : done >= total
}

export function waitLine(event: Of<'wait'>, lang: Lang): string {
  return lang === 'zh'
    ? `  等待：${event.what.zh}（${event.seconds} 秒，最多 ${event.deadline} 秒）`
    : `  waiting: ${event.what.en} (${event.seconds} s of at most ${event.deadline} s)`
}

export function noteLine(event: Of<'note'>, lang: Lang): string {
  const words = event.text[lang]
  if (event.level !== 'warning') return words
  return lang === 'zh' ? `警告：${words}` : `warning: ${words}`
}
