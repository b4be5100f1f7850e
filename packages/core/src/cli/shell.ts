import { fail } from '../codes.ts'
import { EdgeliftError, EXIT, type ExitCode, formatError } from '../errors.ts'
import type { Report } from '../events.ts'
import { stopReadingInputs } from '../named-input.ts'
import { plainJson } from '../plain-text.ts'
import { systemErrorForPeople } from '../system-error.ts'
import type { Lang, Text } from '../text.ts'
import { tellAwaitedInput } from './awaited-input.ts'
import type { Env, Output, Paint, Streams } from './output.ts'
import { paintFor, safeOutput } from './output.ts'
import { openReporter } from './reporter.ts'
import type { Reporter } from './showing.ts'

/** What a command hands back: the shell prints the document with `--json` and the text otherwise. */
export interface Outcome {
  readonly exit?: ExitCode
  /** JSON of the contract: one document on standard output. */
  readonly document: unknown
  /** Told on standard error in the contract's form, when there is more than one thing to tell. Not with `--json`. */
  readonly errors?: readonly EdgeliftError[]
  /** For people, without the last line's end. Empty: nothing is printed. */
  readonly text: (lang: Lang, paint: Paint) => string
}

/** What a command is given besides its arguments. */
export interface CommandContext {
  readonly lang: Lang
  readonly env: Env
  /** What people have typed for this command: `edgelift build`, or the script that starts it. */
  readonly typed: string
  readonly report: Report
  /** Takes progress off the terminal, for a question, until the returned function is called. */
  readonly pause: () => () => void
  /** Aborted by SIGINT, SIGTERM and SIGHUP. A command stops, leaves nothing half done, and throws. */
  readonly signal: AbortSignal
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** What is written here never meets progress on the same terminal. */
  readonly streams: Streams
}

export interface ShellOptions {
  readonly streams: Streams
  /** As in {@link CommandContext}. */
  readonly typed: string
  readonly env: Env
  readonly lang: Lang
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  /** What to do after an interruption, for instance "run it again: what is fetched is kept". */
  readonly resume: Text
}

const GRACE = 10_000 // milliseconds that a command has to clean up after a signal

/** Runs one command to its end: events drawn, signals heeded, errors told. Never throws; returns the exit code. */
export async function runInShell(
  options: ShellOptions,
  command: (context: CommandContext) => Promise<Outcome>,
): Promise<ExitCode> {
  const { streams, env, typed, lang, json, quiet, verbose } = options
  const reporter = openReporter({ output: streams.stderr, env, lang, quiet, verbose })
  const signals = hearSignals()
  const stopTelling = tellAwaitedInput(reporter.report)
  try {
    const { report, pause } = reporter
    const { signal } = signals
    const beside = {
      stdout: besideProgress(safeOutput(streams.stdout), pause),
      stderr: besideProgress(safeOutput(streams.stderr), pause),
    }
    const outcome = await command({
      lang,
      env,
      typed,
      report,
      pause,
      signal,
      json,
      quiet,
      verbose,
      streams: beside,
    })
    reporter.close()
    printOutcome(outcome, options)
    return outcome.exit ?? EXIT.done
  } catch (error) {
    reporter.close()
    const told = signals.signal.aborted ? interrupted(options.resume, error) : asEdgeliftError(error)
    printError(told, options)
    return told.exit
  } finally {
    stopTelling()
    signals.stop()
  }
}

function besideProgress(output: Output, pause: Reporter['pause']): Output {
  if (output.isTTY !== true) return output
  return {
    isTTY: true,
    get columns() {
      return output.columns
    },
    get rows() {
      return output.rows
    },
    write(text) {
      const resume = pause()
      output.write(text)
      resume()
    },
  }
}

export interface PrintOptions {
  readonly streams: Streams
  readonly lang: Lang
  readonly json: boolean
  readonly verbose: boolean
}

/** The contract's forms of an error: lines on standard error; with `--json` a document on standard output. */
export function printError(error: EdgeliftError, { streams, lang, json, verbose }: PrintOptions): void {
  const stderr = safeOutput(streams.stderr)
  if (json) streams.stdout.write(`${plainJson(JSON.stringify({ error }, null, 2))}\n`)
  else stderr.write(`${formatError(error, lang)}\n`)
  if (verbose && error.cause instanceof Error) stderr.write(`${error.cause.stack}\n`)
}

/** Turns what was thrown into an error for people: system errors that they can mend, or a defect of ours. */
export function asEdgeliftError(error: unknown): EdgeliftError {
  if (error instanceof EdgeliftError) return error
  const ofTheSystem = systemErrorForPeople(error)
  if (ofTheSystem !== undefined) return ofTheSystem
  return fail(
    'INTERNAL',
    {
      what: {
        en: `unexpected error: ${error instanceof Error ? error.message : String(error)}`,
        zh: `意外错误：${error instanceof Error ? error.message : String(error)}`,
      },
      because: {
        en: 'this is a bug in edgelift, not in your input',
        zh: '这是 edgelift 的缺陷，与输入无关',
      },
      fix: {
        en: 'run it again with --verbose and report the output',
        zh: '请加 --verbose 重新运行并反馈其输出',
      },
    },
    { cause: error },
  )
}

function interrupted(resume: Text, cause: unknown): EdgeliftError {
  return fail(
    'INTERRUPTED',
    { what: { en: 'stopped by a signal', zh: '被信号中断' }, fix: resume },
    { cause },
  )
}

function printOutcome(outcome: Outcome, { streams, lang, json, quiet, env }: ShellOptions): void {
  if (json) {
    streams.stdout.write(`${plainJson(JSON.stringify(outcome.document, withCure, 2))}\n`)
    return
  }
  const text =
    quiet && (outcome.exit ?? EXIT.done) === EXIT.done
      ? ''
      : outcome.text(lang, paintFor(streams.stdout, env))
  const [stdout, stderr] = [safeOutput(streams.stdout), safeOutput(streams.stderr)]
  if (text !== '') stdout.write(`${text}\n`)
  const errors = outcome.errors ?? []
  for (const error of errors.slice(0, MOST_ERRORS)) stderr.write(`${formatError(error, lang)}\n`)
  const more = errors.length - MOST_ERRORS
  if (more > 0)
    stderr.write(
      lang === 'zh'
        ? `……另有 ${more} 个错误（--json 列出全部）\n`
        : `… ${more} more errors (--json lists all)\n`,
    )
}

/** More are no list that a person reads on a terminal. */
const MOST_ERRORS = 100

/** `fix` was `cure` before; programs may still read that key, in findings and diagnoses as in errors. */
function withCure(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('fix' in value)) return value
  return { ...value, cure: value.fix }
}

/** The error for a command line that parses and still makes no sense. */
export function usageError(what: Text | string, fix?: Text | string): EdgeliftError {
  return fail('USAGE', { what, ...(fix === undefined ? {} : { fix }) })
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

interface Signals {
  readonly signal: AbortSignal
  readonly stop: () => void
}

/** The first SIGINT, SIGTERM or SIGHUP (a terminal that is closed) aborts; a second one, or a command that does not end in time, ends the process. */
function hearSignals(): Signals {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const end = (): never => process.exit(EXIT.interrupted)
  const hear = (): void => {
    if (controller.signal.aborted) end()
    controller.abort()
    stopReadingInputs()
    timer = setTimeout(end, GRACE).unref()
  }
  for (const name of SIGNALS) process.on(name, hear)
  return {
    signal: controller.signal,
    stop: () => {
      clearTimeout(timer)
      for (const name of SIGNALS) process.off(name, hear)
    },
  }
}
