import { forTerminal, type Output } from './output.ts'
import { displayWidth } from './width.ts'

/**
 * The only writer of a terminal: lines scroll up above a block that is redrawn in place. Whoever else writes to the same
 * terminal (results, errors, questions) calls `pause` first.
 */
export interface Terminal {
  /** Columns that a line of the block may take. */
  readonly columns: () => number
  /** Lines that the block may have. */
  readonly rows: () => number
  /** Prints `lines` above the block and replaces the block. While paused, only remembers both. */
  draw(lines: readonly string[], block: readonly string[]): void
  /** Erases the block and keeps it away until the returned function is called. */
  pause(): () => void
}

// Terminals that support synchronized output show everything between the two at once; others ignore them.
const BEGIN_FRAME = '\u001b[?2026h'
const END_FRAME = '\u001b[?2026l'
const CLEAR_BELOW = '\u001b[J'

export function openTerminal(output: Output): Terminal {
  let waiting: string[] = []
  let wanted: readonly string[] = []
  let shown: readonly string[] = []
  let pauses = 0
  const flush = (): void => {
    const block = pauses > 0 ? [] : wanted
    if (waiting.length === 0 && shown.length === 0 && block.length === 0) return
    // Clear first: a terminal whose cursor waits behind the last column would erase that column's character.
    const height = rowsOf(shown, output.columns || undefined)
    const up = height > 0 ? `\u001b[${height}A` : ''
    const text = [...waiting, ...block].map((line) => `${forTerminal(line)}\n`).join('')
    output.write(`${BEGIN_FRAME}${up}\r${CLEAR_BELOW}${text}${END_FRAME}`)
    shown = block
    waiting = []
  }
  return {
    columns: () => Math.max(20, (output.columns || 80) - 1),
    rows: () => Math.max(3, (output.rows || 24) - 2),
    draw(lines, block) {
      waiting.push(...lines)
      wanted = block
      if (pauses === 0) flush()
    },
    pause() {
      pauses++
      flush()
      let isPaused = true
      return () => {
        if (!isPaused) return
        isPaused = false
        pauses--
        if (pauses === 0) flush()
      }
    },
  }
}

/** A terminal that became narrower has wrapped the lines that it shows. */
function rowsOf(lines: readonly string[], columns = Number.POSITIVE_INFINITY): number {
  return lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0)
}
