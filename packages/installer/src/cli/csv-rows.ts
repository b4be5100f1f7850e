/** A line of a table, or several where a quoted cell has line ends in it. */
export interface CsvRow {
  /** Of the file, as an editor counts. */
  readonly line: number
  readonly cells: readonly string[]
}

/**
 * Cells of each line that holds any (RFC 4180); a quoted cell may hold separators, line ends and doubled quotes. One whose
 * quote has no end, or has something behind it, begins with that quote. Lines that begin with `#` are left out.
 * @param separator a single character
 */
export function csvRows(text: string, separator: string): CsvRow[] {
  const cellAt = cellReader(text, separator)
  const rows: CsvRow[] = []
  let line = 1
  let at = 0
  while (at < text.length) {
    const begin = line
    const cells: string[] = []
    for (let isOver = false; !isOver; ) {
      const { cell, next } = cellAt(at)
      cells.push(cell.replaceAll('""', '"').trim())
      line += text.slice(at, next).split('\n').length - 1
      isOver = next === at || text[next - 1] !== separator
      at = next
    }
    // Spreadsheets write as many commas in every line as any line ever needed.
    const kept = cells.slice(0, cells.findLastIndex((cell) => cell !== '') + 1)
    if (kept.length > 0 && !kept[0]?.startsWith('#')) rows.push({ line: begin, cells: kept })
  }
  return rows
}

interface Cell {
  readonly cell: string
  /** Behind the separator or the line end that follows it. */
  readonly next: number
}

/** No expression here has to go back over what it has passed: a file may be one cell of any length. */
function cellReader(text: string, separator: string): (at: number) => Cell {
  const blanks = `[^\\S\\n${separator}]*`
  const opening = new RegExp(`${blanks}"`, 'y')
  const closing = new RegExp(`"${blanks}(?:${separator}|\\n|$)`, 'y')
  const plain = new RegExp(`[^${separator}\\n]*`, 'y')
  const endOf = (expression: RegExp, at: number): number | undefined => {
    expression.lastIndex = at
    return expression.test(text) ? expression.lastIndex : undefined
  }
  return (at) => {
    const begin = endOf(opening, at)
    if (begin !== undefined) {
      let last = text.indexOf('"', begin)
      while (last !== -1 && text[last + 1] === '"') last = text.indexOf('"', last + 2)
      const next = last === -1 ? undefined : endOf(closing, last)
      if (next !== undefined) return { cell: text.slice(begin, last), next }
    }
    const end = endOf(plain, at) ?? at
    return { cell: text.slice(at, end), next: Math.min(end + 1, text.length) }
  }
}
