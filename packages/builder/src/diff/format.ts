import { formatBytes, type Lang } from '@edgelift/core'
import { formatTable, type Paint } from '@edgelift/core/cli'
import type { Change, ContentChange, Difference } from './compare.ts'
import { DIFF_WORDS, type DiffWord } from './words.ts'

/** A section of a comparison, in the order in which it is shown. */
export interface Section {
  readonly title: DiffWord
  readonly rows: readonly Row[]
}

export interface Row {
  readonly sign: '+' | '-' | '~'
  readonly name: string
  /** Old to new value, shortened digests; empty where the name says it all. */
  readonly what: string
  /** The change in bytes, signed; empty where there is none to tell. */
  readonly bytes: string
}

/** Pure: what text and HTML show alike. */
export function sectionsOf(difference: Difference): readonly Section[] {
  const sections: Section[] = [
    { title: 'components', rows: difference.components.map(row) },
    { title: 'images', rows: difference.images.map(contentRow) },
    {
      title: 'charts',
      rows: difference.charts.flatMap((chart) => [
        ...(chart.from === chart.to ? [] : [{ ...row(chart), what: digests(chart) }]),
        ...chart.values.map((value) => row({ ...value, name: `${chart.name}: ${value.name}` })),
      ]),
    },
    { title: 'crds', rows: difference.crds.map(contentRow) },
    { title: 'files', rows: difference.files.map(contentRow) },
    { title: 'settings', rows: difference.settings.map(row) },
  ]
  return sections.filter((section) => section.rows.length > 0)
}

/** For a terminal or a log. */
export function differenceText(difference: Difference, lang: Lang, paint: Paint): string {
  const title = paint.bold(`${difference.from} → ${difference.to}`)
  if (difference.isEmpty) return `${title}\n${DIFF_WORDS.same[lang]}`
  const colours = { '+': paint.green, '-': paint.red, '~': paint.yellow }
  const sections = sectionsOf(difference).map(({ title: word, rows }) => {
    const lines = rows.map(({ sign, name, what, bytes }) => [`  ${colours[sign](sign)} ${name}`, what, bytes])
    return `${paint.bold(DIFF_WORDS[word][lang])}\n${formatTable(lines, new Set([2]))}`
  })
  const change = signed(difference.size.to - difference.size.from)
  const size = `${sizesText(difference, lang)}${change === '' ? '' : ` (${change})`}`
  return [title, ...sections, size].join('\n\n')
}

/** Both sizes, with their label. */
export function sizesText({ size }: Difference, lang: Lang): string {
  return `${DIFF_WORDS.size[lang]}${formatBytes(size.from)} → ${formatBytes(size.to)}`
}

function row(change: Change): Row {
  return { sign: signOf(change), name: change.name, what: arrow(change.from, change.to), bytes: '' }
}

function contentRow(change: ContentChange): Row {
  return {
    sign: signOf(change),
    name: change.name,
    what: digests(change),
    bytes: signed(change.toSize - change.fromSize),
  }
}

function signOf({ from, to }: Change): Row['sign'] {
  if (from === undefined) return '+'
  return to === undefined ? '-' : '~'
}

function digests({ from, to }: Change): string {
  return arrow(from === undefined ? undefined : shortened(from), to === undefined ? undefined : shortened(to))
}

function arrow(from: string | undefined, to: string | undefined): string {
  return [from, to].filter((side) => side !== undefined).join(' → ')
}

/** Twelve hexadecimal digits tell two digests apart for people, as git and docker show them. */
function shortened(text: string): string {
  return text.replace(/(sha256[:-])([\w+/]{12})[\w+/=]*/, '$1$2')
}

function signed(bytes: number): string {
  if (bytes === 0) return ''
  return `${bytes > 0 ? '+' : '-'}${formatBytes(Math.abs(bytes))}`
}
