import type { WorkEvent } from '../events.ts'
import { formatBytes } from '../sizes.ts'
import type { Lang } from '../text.ts'
import { type Bar, barLine, type Look, sumLine } from './bars.ts'
import { type Env, type Output, paintFor } from './output.ts'
import { noteLine, partialWords, phaseLine, waitLine } from './plain-reporter.ts'
import { rateMeter } from './rate.ts'
import type { Reporter } from './showing.ts'
import { openTerminal } from './terminal.ts'
import { fitWidth } from './width.ts'

export interface TtyReporterOptions {
  readonly output: Output
  readonly env: Env
  readonly lang: Lang
  readonly verbose: boolean
}

const FRAME = 100 // milliseconds between two frames
const MOST_BARS = 8

/** Keeps a block of bars at the bottom of the terminal; finished things scroll up as lines. */
export function ttyReporter({ output, env, lang, verbose }: TtyReporterOptions): Reporter {
  const paint = paintFor(output, env)
  const terminal = openTerminal(output)
  const bars = new Map<string, Bar>()
  let total: Extract<WorkEvent, { type: 'total' }> | undefined
  let waiting: string | undefined
  let lines: string[] = []
  let timer: NodeJS.Timeout | undefined
  const rate = rateMeter()

  const block = (): string[] => {
    const look: Look = { columns: terminal.columns(), lang, paint }
    const most = Math.max(1, Math.min(MOST_BARS, terminal.rows() - 3))
    return [
      ...[...bars.values()].slice(0, most).map((bar) => barLine(bar, look)),
      ...(bars.size > most ? [paint.dim(`  … +${bars.size - most}`)] : []),
      ...(waiting === undefined ? [] : [fitWidth(waiting, look.columns)]),
      ...(total === undefined ? [] : [sumLine(total, rate(total.done), look)]),
    ]
  }
  const draw = (): void => {
    clearTimeout(timer)
    timer = undefined
    terminal.draw(lines, block())
    lines = []
  }
  const clear = (): void => {
    bars.clear()
    total = undefined
    waiting = undefined
  }
  const report = (event: WorkEvent): void => {
    switch (event.type) {
      case 'phase':
        clear()
        lines.push(paint.bold(phaseLine(event, lang)))
        draw()
        return
      case 'transfer':
        if (event.done === event.total) bars.delete(event.id)
        else bars.set(event.id, { label: event.label, done: event.done, total: event.total })
        break
      case 'transferred':
        if (event.parts !== undefined) break // each of them has had its line
        bars.delete(event.id)
        if (event.partial === true && event.fetched > 0) {
          const words = `${formatBytes(event.fetched)} ${partialWords(lang)}`
          lines.push(`  ${paint.yellow('-')} ${event.label}  ${paint.dim(words)}`)
        } else if (event.partial !== true && (event.fetched > 0 || verbose))
          lines.push(`  ${paint.green('✓')} ${event.label}  ${paint.dim(formatBytes(event.fetched))}`)
        break
      case 'total':
        total = event
        break
      case 'wait':
        waiting = event.seconds >= event.deadline ? undefined : waitLine(event, lang)
        break
      case 'note':
        if (event.level === 'debug' && !verbose) return
        lines.push(event.level === 'warning' ? paint.yellow(noteLine(event, lang)) : noteLine(event, lang))
        break
    }
    timer ??= setTimeout(draw, FRAME).unref()
  }
  return {
    report,
    pause() {
      draw()
      return terminal.pause()
    },
    close() {
      clear()
      draw()
    },
  }
}
