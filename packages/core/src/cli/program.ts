import type { ExitCode } from '../errors.ts'
import { EXIT } from '../errors.ts'
import { chooseLang, isLanguageOpen, type Lang, type Text } from '../text.ts'
import type { Env, Streams } from './output.ts'
import { parseCommandLine } from './parse.ts'
import { asEdgeliftError, type CommandContext, type Outcome, printError, runInShell } from './shell.ts'

export interface OptionSpec {
  readonly type: 'string' | 'boolean' | 'number' | 'array'
  readonly describe: Text
  readonly alias?: string
  readonly choices?: readonly string[]
  readonly default?: string | boolean | number
  /** The word in the help for the value, such as `FILE`. */
  readonly value?: string
  /** Accepted, and not in the help. */
  readonly hidden?: boolean
}

export interface PositionalSpec {
  readonly describe: Text
  readonly type?: 'string'
  readonly choices?: readonly string[]
}

/** Arguments as they were typed; each command parses them at its own border. */
export type Arguments = Readonly<Record<string, unknown>>
export type CommandHandler = (args: Arguments, context: CommandContext) => Promise<Outcome>

export interface CommandSpec {
  /** `build`, and after it the positionals in yargs' words: `<release>`, `<archive..>`, `[name]`. */
  readonly usage: string
  readonly describe: Text
  readonly positionals?: Readonly<Record<string, PositionalSpec>>
  readonly options?: Readonly<Record<string, OptionSpec>>
  readonly examples?: readonly { readonly line: string; readonly text: Text }[]
  /** Accepted, and not in the program's help. */
  readonly hidden?: boolean
  /** Shown at the end of the command's help. */
  readonly epilogue?: Text
  /** Loads the command's code; only the one that is called is loaded. */
  readonly load: () => Promise<CommandHandler>
}

export interface ProgramSpec {
  readonly name: string
  readonly version: string
  readonly describe: Text
  readonly commands: readonly CommandSpec[]
  /** Options of every command, besides `--json`, `--lang`, `--quiet` and `--verbose`. */
  readonly globals?: Readonly<Record<string, OptionSpec>>
  readonly examples?: readonly { readonly line: string; readonly text: Text }[]
  readonly epilogue?: Text
  /** What to do after an interruption. */
  readonly resume: Text
  /** Tells people on machines without a locale how to get Chinese. */
  readonly offersChinese?: boolean
}

export interface ProgramInput {
  /** Without the interpreter and the program: `process.argv.slice(2)`. */
  readonly argv: readonly string[]
  readonly env: Env
  readonly streams: Streams
}

/**
 * A whole program: parses the command line, loads and runs the command, prints its outcome.
 * Never throws; returns the exit code of the contract.
 */
export async function runProgram(spec: ProgramSpec, input: ProgramInput): Promise<ExitCode> {
  const { argv, env, streams } = input
  const json = hasFlag(argv, 'json')
  const lang = json ? 'en' : languageOf(argv, env)
  const early = { streams, lang, json, verbose: hasFlag(argv, 'verbose') }
  try {
    const parsed = await parseCommandLine(spec, { argv, lang, columns: streams.stdout.columns })
    if (parsed.kind === 'text') {
      streams.stdout.write(`${parsed.text}\n`)
      return EXIT.done
    }
    const handler = await parsed.command.load()
    const quiet = parsed.args.quiet === true
    const isOpen = isLanguageOpen(languageFlag(argv), env)
    if (spec.offersChinese === true && isOpen && !json && !quiet)
      streams.stderr.write(`For Chinese, set EDGELIFT_LANG=zh: sudo EDGELIFT_LANG=zh ${spec.name} ...\n`)
    const shell = { ...early, env, quiet, lang: languageOf(argv, env), resume: spec.resume }
    return await runInShell(shell, (context) => handler(parsed.args, context))
  } catch (error) {
    const told = asEdgeliftError(error)
    printError(told, early)
    return told.exit
  }
}

/** The language is needed before the command line is parsed: for the help and for what is wrong with it. */
function languageOf(argv: readonly string[], env: Env): Lang {
  return chooseLang(languageFlag(argv), env)
}

function languageFlag(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='))
  const word = at === -1 ? undefined : argv[at]
  return word === '--lang' ? argv[at + 1] : word?.slice('--lang='.length)
}

function hasFlag(argv: readonly string[], name: string): boolean {
  const end = argv.indexOf('--')
  return (end === -1 ? argv : argv.slice(0, end)).some(
    (word) => word === `--${name}` || word === `--${name}=true`,
  )
}
