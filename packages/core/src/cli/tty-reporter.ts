import type { WorkEvent } from '../events.ts'
import { formatBytes } from '../sizes.ts'
import type { Lang } from '../text.ts'
import { type Env, type Output, type Paint, paintFor } from './output.ts'
import { noteLine, phaseLine, waitLine } from './plain-reporter.ts'
import type { Reporter } from './reporter.ts'
import { displayWidth, fitWidth, padWidth } from './width.ts'

export interface TtyReporterOptions {
  readonly output: Output
  readonly env: Env
  readonly lang: Lang
  readonly verbose: boolean
}

interface Bar {
  readonly label: string
  done: number
  total: number | undefined
}

const FRAME = 100 // milliseconds between two drawings: faster is not seen
const MOST_BARS = 8
const BAR_COLUMNS = 24
// Terminals that know synchronised output draw what is between the two at once; others ignore them.
const BEGIN_FRAME = '\u001b[?2026h'
const END_FRAME = '\u001b[?2026l'
const CLEAR_BELOW = '\u001b[J'
const CLEAR_LINE = '\u001b[K'

/** Keeps a block of bars at the bottom of the terminal; finished things scroll up as lines. */
export function ttyReporter(options: TtyReporterOptions): Reporter {
  const { output, env, lang, verbose } = options
  const paint = paintFor(output, env)
  const bars = new Map<string, Bar>()
  let total: Extract<WorkEvent, { type: 'total' }> | undefined
  let waiting: string | undefined
  let lines: string[] = []
  let height = 0
  let timer: NodeJS.Timeout | undefined
  const rate = rateMeter()

  const draw = (): void => {
    clearTimeout(timer)
    timer = undefined
    const columns = Math.max(20, (output.columns ?? 80) - 1)
    const block = [
      ...[...bars.values()].slice(0, MOST_BARS).map((bar) => barLine(bar, columns, paint)),
      ...(bars.size > MOST_BARS ? [paint.dim(`  … +${bars.size - MOST_BARS}`)] : []),
      ...(waiting === undefined ? [] : [fitWidth(waiting, columns)]),
      ...(total === undefined ? [] : [sumLine(total, rate(total.done), { lang, paint })]),
    ]
    if (lines.length === 0 && height === 0 && block.length === 0) return
    const up = height > 0 ? `\u001b[${height}A` : ''
    const text = [...lines, ...block].map((line) => `${line}${CLEAR_LINE}\n`).join('')
    output.write(`${BEGIN_FRAME}${up}\r${text}${CLEAR_BELOW}${END_FRAME}`)
    height = block.length
    lines = []
  }
  const soon = (): void => {
    timer ??= setTimeout(draw, FRAME).unref()
  }
  const report = (event: WorkEvent): void => {
    switch (event.type) {
      case 'phase':
        total = undefined
        waiting = undefined
        lines.push(paint.bold(phaseLine(event, lang)))
        draw()
        return
      case 'transfer':
        bars.set(event.id, { label: event.label, done: event.done, total: event.total })
        break
      case 'transferred':
        bars.delete(event.id)
        if (event.fetched > 0 || verbose)
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
    soon()
  }
  const close = (): void => {
    bars.clear()
    total = undefined
    waiting = undefined
    draw()
  }
  return { report, close }
}

function barLine(bar: Bar, columns: number, paint: Paint): string {
  const numbers =
    bar.total === undefined
      ? formatBytes(bar.done)
      : `${formatBytes(bar.done)} / ${formatBytes(bar.total)}`.padStart(19)
  const room = Math.max(8, columns - BAR_COLUMNS - displayWidth(numbers) - 6)
  return `  ${padWidth(fitWidth(bar.label, room), room)} ${drawBar(bar, paint)} ${numbers}`
}

function drawBar(bar: { readonly done: number; readonly total: number | undefined }, paint: Paint): string {
  const share = bar.total === undefined || bar.total === 0 ? 0 : Math.min(1, bar.done / bar.total)
  const eighths = Math.round(share * BAR_COLUMNS * 8)
  const full = Math.floor(eighths / 8)
  const part = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? ''
  const filled = '█'.repeat(full) + part
  return paint.cyan(filled) + paint.dim('░'.repeat(BAR_COLUMNS - full - (part === '' ? 0 : 1)))
}

interface SumLook {
  readonly lang: Lang
  readonly paint: Paint
}

function sumLine(
  event: Extract<WorkEvent, { type: 'total' }>,
  bytesPerSecond: number,
  { lang, paint }: SumLook,
): string {
  const left = bytesPerSecond > 0 ? Math.ceil((event.total - event.done) / bytesPerSecond) : undefined
  const numbers = [
    `${formatBytes(event.done)} / ${formatBytes(event.total)}`,
    lang === 'zh' ? `${event.items}/${event.of} 项` : `${event.items}/${event.of}`,
    ...(bytesPerSecond > 0 ? [`${formatBytes(Math.round(bytesPerSecond))}/s`] : []),
    ...(left !== undefined && left > 0 ? [duration(left)] : []),
  ].join('  ')
  const label = lang === 'zh' ? '合计' : 'total'
  return `  ${paint.bold(label)} ${drawBar(event, paint)} ${numbers}`
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${String(seconds % 60).padStart(2, '0')}`
}

/** Bytes per second over the last ten seconds or so. */
function rateMeter(): (done: number) => number {
  const samples: { at: number; done: number }[] = []
  return (done) => {
    const at = performance.now()
    const last = samples.at(-1)
    if (last !== undefined && done < last.done) samples.length = 0
    samples.push({ at, done })
    while (samples.length > 2 && at - (samples[0]?.at ?? at) > 10_000) samples.shift()
    const first = samples[0]
    if (first === undefined || at - first.at < 500) return 0
    return ((done - first.done) * 1000) / (at - first.at)
  }
}
