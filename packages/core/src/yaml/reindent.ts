/**
 * Gives every continuation line inside a flow collection (`[`, `{`) or a quoted scalar the indentation that YAML 1.2
 * asks for. libyaml, and so Helm and Kubernetes, look at no indentation there; the specification does. Leading blanks
 * of such lines are no content (YAML 1.2.2, 6.5 and 7.4), so the meaning stays, and so do the line numbers.
 */
export function reindentFlow(text: string): string {
  const scanner = new Scanner()
  return text
    .split('\n')
    .map((line) => scanner.next(line))
    .join('\n')
}

// Deeper than any block collection is: the parser allows far fewer levels.
const FAR = ' '.repeat(2048)
const BLANK = /[ \t]/
const DOCUMENT_MARK = /^(---|\.\.\.)(?=[\s]|$)/
const BLOCK_SCALAR = /^[|>]([+-]?[1-9]?|[1-9][+-])[ \t]*(#.*)?\r?$/

/** Where the scan stands at the end of a line. Follows libyaml's scanner (scanner.c) as far as indentation goes. */
class Scanner {
  /** Columns of the open block collections, as libyaml's `indents`. */
  #indents: number[] = []
  /** Open brackets. */
  #flow = 0
  #quote: '"' | "'" | undefined
  /** Column that the lines of a block scalar are right of. */
  #blockScalar: number | undefined
  /** Column that the lines of a plain scalar are right of. */
  #plain: number | undefined

  /** The line as it has to be read. */
  next(line: string): string {
    const content = line.replace(/^[ \t]+/, '')
    if (this.#quote !== undefined || this.#flow > 0) {
      if (DOCUMENT_MARK.test(line)) return this.#document(line)
      this.#scan(line, 0)
      return content.trim() === '' ? content : FAR + content
    }
    if (content.trim() === '') return line
    if (DOCUMENT_MARK.test(line)) return this.#document(line)
    const column = line.length - content.length
    if (this.#blockScalar !== undefined && column > this.#blockScalar) return line
    this.#blockScalar = undefined
    if (content.startsWith('#')) {
      this.#plain = undefined
      return line
    }
    const continues = this.#plain !== undefined && column > this.#plain
    if (continues) {
      this.#scan(line, this.#plainEnd(line, column))
    } else {
      this.#plain = undefined
      this.#unroll(column)
      this.#scan(line, column)
    }
    return line
  }

  #document(line: string): string {
    this.#indents = []
    this.#flow = 0
    this.#quote = undefined
    this.#blockScalar = undefined
    this.#plain = undefined
    this.#scan(line, 3)
    return line
  }

  get #indent(): number {
    return this.#indents.at(-1) ?? -1
  }

  #unroll(column: number): void {
    while (this.#indent > column) this.#indents.pop()
  }

  #roll(column: number): void {
    if (this.#flow === 0 && this.#indent < column) this.#indents.push(column)
  }

  #scan(line: string, from: number): void {
    let at = from
    /** Column of what may turn out to be a key of a block mapping. */
    let key: number | undefined
    while (at < line.length) {
      const char = line[at] ?? ''
      if (this.#quote !== undefined) {
        at = this.#quoted(line, at)
        continue
      }
      const spaced = at === 0 || BLANK.test(line[at - 1] ?? '')
      if (BLANK.test(char) || char === '\r') at++
      else if (char === '#' && spaced) return
      else if (this.#flow === 0 && /^[|>]/.test(char) && BLOCK_SCALAR.test(line.slice(at))) {
        this.#blockScalar = Math.max(this.#indent, 0)
        if (this.#indent < 0) this.#blockScalar = -1
        return
      } else if (this.#flow === 0 && /[-?]/.test(char) && endsToken(line, at + 1)) {
        this.#roll(at)
        at++
      } else if (char === ':' && (this.#flow > 0 || endsToken(line, at + 1))) {
        if (key !== undefined) this.#roll(key)
        key = undefined
        at++
      } else if (/[&!*]/.test(char)) {
        key ??= this.#flow === 0 ? at : undefined
        while (at < line.length && !/[ \t\r]/.test(line[at] ?? '') && !this.#endsInFlow(line, at)) at++
      } else if (/[[{]/.test(char)) {
        key ??= this.#flow === 0 ? at : undefined
        this.#flow++
        at++
      } else if (/[\]}]/.test(char) && this.#flow > 0) {
        this.#flow--
        at++
      } else if (char === ',' && this.#flow > 0) at++
      else if (/["']/.test(char)) {
        key ??= this.#flow === 0 ? at : undefined
        this.#quote = char as '"' | "'"
        at++
      } else {
        key ??= this.#flow === 0 ? at : undefined
        at = this.#plainEnd(line, at)
      }
    }
  }

  /** The position behind a quoted scalar, or the line's end when it goes on. */
  #quoted(line: string, from: number): number {
    for (let at = from; at < line.length; at++) {
      if (this.#quote === '"' && line[at] === '\\') at++
      else if (line[at] === this.#quote) {
        if (this.#quote === "'" && line[at + 1] === "'") at++
        else {
          this.#quote = undefined
          return at + 1
        }
      }
    }
    return line.length
  }

  /** The position behind a plain scalar; one that reaches the line's end may go on in the next. */
  #plainEnd(line: string, from: number): number {
    this.#plain = undefined
    for (let at = from; at < line.length; at++) {
      const char = line[at] ?? ''
      if (char === ':' && (endsToken(line, at + 1) || this.#endsInFlow(line, at + 1))) return at
      if (char === '#' && BLANK.test(line[at - 1] ?? '')) return at
      if (this.#endsInFlow(line, at)) return at
    }
    if (this.#flow === 0) this.#plain = this.#indent
    return line.length
  }

  #endsInFlow(line: string, at: number): boolean {
    return this.#flow > 0 && /[[\]{},]/.test(line[at] ?? '')
  }
}

function endsToken(line: string, at: number): boolean {
  return at >= line.length || /[ \t\r]/.test(line[at] ?? '')
}
