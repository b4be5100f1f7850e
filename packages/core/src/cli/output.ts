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

/** Colours for `output`: on a terminal, unless NO_COLOR is set or TERM is `dumb` (no-color.org). */
export function paintFor(output: Output, env: Env): Paint {
  const colour = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint =
    (open: number, close: number) =>
    (text: string): string =>
      colour ? `\u001b[${open}m${text}\u001b[${close}m` : text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}
