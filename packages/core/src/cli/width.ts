/**
 * How many columns of a terminal a text takes: Chinese, Japanese and Korean characters and emoji take two, marks
 * that combine take none (Unicode Standard Annex 11, classes W and F, in ranges wide enough for what is printed here).
 */
export function displayWidth(text: string): number {
  let width = 0
  for (const character of text.replace(ESCAPES, '')) width += characterWidth(character.codePointAt(0) ?? 0)
  return width
}

/** Cuts a text to at most `columns`, with `…` in place of what is cut from its middle. */
export function fitWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns <= 1) return columns === 1 ? '…' : ''
  const characters = [...text]
  const front = takeWidth(characters, Math.ceil((columns - 1) / 2))
  const back = takeWidth(characters.reverse(), columns - 1 - displayWidth(front))
  return `${front}…${[...back].reverse().join('')}`
}

/** Fills a text with spaces to `columns`, at its end or, for numbers, at its start. */
export function padWidth(text: string, columns: number, side: 'end' | 'start' = 'end'): string {
  const space = ' '.repeat(Math.max(0, columns - displayWidth(text)))
  return side === 'end' ? text + space : space + text
}

/** Lines in columns two spaces apart, each as wide as its widest cell. `numbers` are columns aligned to the right. */
export function formatTable(
  rows: readonly (readonly string[])[],
  numbers: ReadonlySet<number> = new Set(),
): string {
  const widths: number[] = []
  for (const row of rows) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell))
  }
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => padWidth(cell, widths[column] ?? 0, numbers.has(column) ? 'start' : 'end'))
      .join('  ')
      .trimEnd()
  return rows.map(line).join('\n')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes begin with one
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]$/u
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
]

function characterWidth(code: number): number {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0
  if (code < 0x300) return 1
  if (NO_WIDTH.test(String.fromCodePoint(code))) return 0
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1
}

function takeWidth(characters: readonly string[], columns: number): string {
  let taken = ''
  let width = 0
  for (const character of characters) {
    width += displayWidth(character)
    if (width > columns) break
    taken += character
  }
  return taken
}
