import type { WorkEvent } from '../events.ts'
import { formatBytes } from '../sizes.ts'
import type { Lang } from '../text.ts'
import type { Paint } from './output.ts'
import { displayWidth, fitWidth, padWidth } from './width.ts'

export interface Bar {
  readonly label: string
  readonly done: number
  readonly total: number | undefined
}

/** How a line is drawn: it takes at most `columns`. */
export interface Look {
  readonly columns: number
  readonly lang: Lang
  readonly paint: Paint
}

const WIDEST_BAR = 24
const NARROW = 64 // columns below which a percentage stands in place of two sizes

export function barLine(bar: Bar, { columns, paint }: Look): string {
  const numbers = numbersOf(bar, columns)
  const width = Math.min(WIDEST_BAR, Math.floor((columns - 4 - displayWidth(numbers)) / 2.5))
  const room = columns - 4 - width - displayWidth(numbers)
  return `  ${padWidth(fitWidth(bar.label, room), room)} ${drawBar(bar, width, paint)} ${numbers}`
}

/** The sum over all transfers, with rate and time left as far as they fit. */
export function sumLine(
  event: Extract<WorkEvent, { type: 'total' }>,
  bytesPerSecond: number,
  { columns, lang, paint }: Look,
): string {
  const left = bytesPerSecond > 0 ? Math.ceil((event.total - event.done) / bytesPerSecond) : 0
  const label = lang === 'zh' ? '合计' : 'total'
  const items = `${event.items}/${event.of}${lang === 'zh' ? ' 项' : ''}`
  const parts = [
    numbersOf(event, columns),
    items,
    ...(left > 0 ? [duration(left)] : []),
    ...(bytesPerSecond > 0 ? [`${formatBytes(Math.round(bytesPerSecond))}/s`] : []),
  ].filter((part) => part !== '')
  const shortest = 8
  const fits = (count: number): boolean =>
    displayWidth(`  ${label}  ${parts.slice(0, count).join('  ')}`) + shortest <= columns
  const count = parts.findLastIndex((_part, index) => fits(index + 1)) + 1
  const numbers = parts.slice(0, count).join('  ')
  const width = Math.min(WIDEST_BAR, columns - displayWidth(`  ${label}  ${numbers}`))
  const measure = event.total > 0 ? event : { done: event.items, total: event.of }
  return `  ${paint.bold(label)} ${drawBar(measure, width, paint)} ${numbers}`
}

/** Sizes, aligned below each other; where there is little room a percentage. Nothing where no size is known. */
function numbersOf({ done, total }: Pick<Bar, 'done' | 'total'>, columns: number): string {
  if (total === undefined) return formatBytes(done)
  if (total === 0) return ''
  if (columns < NARROW) return `${Math.floor((100 * Math.min(done, total)) / total)}%`.padStart(4)
  return `${formatBytes(done)} / ${formatBytes(total)}`.padStart(19)
}

function drawBar({ done, total }: Pick<Bar, 'done' | 'total'>, width: number, paint: Paint): string {
  const share = total === undefined || total === 0 ? 0 : Math.min(1, done / total)
  const eighths = Math.round(share * width * 8)
  const full = Math.floor(eighths / 8)
  const part = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8] ?? ''
  return (
    paint.cyan('█'.repeat(full) + part) + paint.dim('░'.repeat(Math.max(0, width - full - (part ? 1 : 0))))
  )
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  return `${minutes}:${String(seconds % 60).padStart(2, '0')}`
}
