import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'

/** A program on a real pseudo-terminal (`script` of util-linux makes it), and the screen that a person would see. */
export interface TerminalRun {
  readonly code: number
  /** Every line that was shown when the program had ended, scrolled-off ones too; wrapped lines joined. */
  readonly lines: string[]
  /** The same after each frame of progress. */
  readonly frames: Screen[]
}

export interface Screen {
  readonly lines: string[]
  /** Lines that did not fit the terminal. */
  readonly wrapped: string[]
}

export interface TerminalOptions {
  readonly columns: number
  readonly rows?: number
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Typed one after the other, each as soon as the screen's last line ends with `after`. */
  readonly typed?: readonly { readonly after: string; readonly text: string }[]
}

const END_FRAME = '\u001b[?2026l'

/** @param command words of a program and its arguments */
export async function runOnTerminal(
  command: readonly string[],
  options: TerminalOptions,
): Promise<TerminalRun> {
  const { columns, rows = 24 } = options
  const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  const child = spawn('script', ['-qec', `stty cols ${columns} rows ${rows}; exec ${words}`, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, TERM: 'xterm-256color', CI: undefined, NO_COLOR: undefined, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  const terminal = new xterm.Terminal({ cols: columns, rows, scrollback: 10_000, allowProposedApi: true })
  const frames: Screen[] = []
  const typed = [...(options.typed ?? [])]
  let answered = 0 // lines up to the last question: what is typed there shows later
  let drawn = Promise.resolve()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    drawn = drawn.then(async () => {
      for (const frame of framesOf(text)) {
        await new Promise<void>((resolve) => terminal.write(frame, resolve))
        if (frame.endsWith(END_FRAME)) frames.push(screenOf(terminal))
      }
      const [next] = typed
      const { lines } = screenOf(terminal)
      if (next !== undefined && lines.length > answered && lines.at(-1)?.endsWith(next.after) === true) {
        typed.shift()
        answered = lines.length
        child.stdin.write(next.text)
      }
    })
  })
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (exit) => resolve(exit ?? -1))
  })
  await drawn
  const { lines } = screenOf(terminal)
  terminal.dispose()
  return { code, lines, frames }
}

function framesOf(text: string): string[] {
  const [last = '', ...rest] = text.split(END_FRAME).toReversed()
  return [...rest.toReversed().map((frame) => frame + END_FRAME), last]
}

/** The screen after a recorded session of `script`, whose columns were these. */
export async function screenAfter(session: string, columns: number): Promise<Screen> {
  const terminal = new xterm.Terminal({ cols: columns, rows: 24, scrollback: 10_000, allowProposedApi: true })
  await new Promise<void>((resolve) => terminal.write(session, resolve))
  const screen = screenOf(terminal)
  terminal.dispose()
  return screen
}

/** The words that start a TypeScript file of this repository. */
export function nodeProgram(file: string, ...args: string[]): string[] {
  return [process.execPath, fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url)), file, ...args]
}

function screenOf(terminal: InstanceType<typeof xterm.Terminal>): Screen {
  const { buffer } = terminal
  const lines: string[] = []
  const wrapped = new Set<number>()
  for (let index = 0; index < buffer.active.length; index++) {
    const line = buffer.active.getLine(index)
    const text = line?.translateToString(false) ?? ''
    if (line?.isWrapped === true) {
      lines.push((lines.pop() ?? '') + text)
      wrapped.add(lines.length - 1)
    } else lines.push(text)
  }
  const trimmed = lines.map((line) => line.trimEnd())
  while (trimmed.at(-1) === '') trimmed.pop()
  return { lines: trimmed, wrapped: [...wrapped].map((index) => trimmed[index] ?? '') }
}
