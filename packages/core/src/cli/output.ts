import { randomInt } from 'node:crypto'
import { plainText } from '../plain-text.ts'

/** Where a command writes: standard output or standard error, or what a test collects. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  /** Width of the terminal. */
  readonly columns?: number | undefined
  /** Height of the terminal. */
  readonly rows?: number | undefined
}

export interface Streams {
  readonly stdout: Output
  readonly stderr: Output
}

/** An output with another way to write; what it knows of its terminal, which people resize, it still knows. */
export function withWrite(output: Omit<Output, 'write'>, write: Output['write']): Output {
  return {
    get isTTY() {
      return output.isTTY
    },
    get columns() {
      return output.columns
    },
    get rows() {
      return output.rows
    },
    write,
  }
}

export type Env = Readonly<Record<string, string | undefined>>

/** Colours and weights of a terminal; the text as it is elsewhere. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
  readonly green: (text: string) => string
  readonly yellow: (text: string) => string
  readonly cyan: (text: string) => string
}

/** A number that no text from elsewhere can know marks our own styles, so that a border can tell them from others'. */
const OWN = randomInt(2 ** 40, 2 ** 47)
const OWN_STYLE = new RegExp(`\u001b\\[${OWN};(\\d+)m`)

/**
 * Colours for `output`: on a terminal, unless NO_COLOR is set or TERM is `dumb` (no-color.org). What is painted is written
 * through {@link forTerminal}.
 */
export function paintFor(output: Output, env: Env): Paint {
  const colour = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint =
    (open: number, close: number) =>
    (text: string): string =>
      colour ? `\u001b[${OWN};${open}m${text}\u001b[${OWN};${close}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}

/** Text as it may reach a terminal or a log: our own styles take effect, everything else that would act is shown. */
export function forTerminal(text: string): string {
  return text
    .split(OWN_STYLE)
    .map((part, index) => (index % 2 === 1 ? `\u001b[${part}m` : plainText(part)))
    .join('')
}

/** Every write goes through {@link forTerminal}. */
export function safeOutput(output: Output): Output {
  return {
    get isTTY() {
      return output.isTTY
    },
    get columns() {
      return output.columns || undefined // 0: a terminal that knows no size, as serial lines and script(1) have
    },
    get rows() {
      return output.rows
    },
    write: (text) => output.write(forTerminal(text)),
  }
}
