import { variableInvalid } from '../environment.ts'
import type { ExitCode } from '../errors.ts'
import { EXIT } from '../errors.ts'
import { chooseLang, isLang, isLanguageOpen, type Lang } from '../text.ts'
import { typedAs, withoutEnd } from './command-words.ts'
import { nameFromHere, namingDirectory } from './elsewhere.ts'
import type { Env, Streams } from './output.ts'
import { asEdgeliftError, printError, runInShell } from './shell.ts'
import type { ProgramSpec } from './specs.ts'
import { completeUsage } from './usage.ts'

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
  const { env, streams } = input
  const argv = withoutEnd(spec, input.argv)
  const json = hasFlag(argv, 'json')
  const lang = json ? 'en' : languageOf(argv, env)
  const named = namingDirectory(spec, streams)
  const early = { streams: json ? streams : named.streams, lang, json, verbose: hasFlag(argv, 'verbose') }
  try {
    const { parseCommandLine } = await import('./parse.ts') // needs a working directory, which may be gone
    const parsed = await parseCommandLine(spec, { argv, lang, columns: streams.stdout.columns })
    if (parsed.kind === 'text') {
      streams.stdout.write(`${json ? documentOf(spec, parsed.text) : parsed.text}\n`)
      return EXIT.done
    }
    requireLang(env)
    const handler = await parsed.command.load()
    const quiet = parsed.args.quiet === true
    const isOpen = isLanguageOpen(languageFlag(argv), env)
    if (spec.offersChinese === true && isOpen && !json && !quiet && parsed.command.piped !== true)
      streams.stderr.write(
        `For Chinese, set EDGELIFT_LANG=zh: sudo EDGELIFT_LANG=zh ${nameFromHere(spec, spec.launcher ?? spec.name)} ...\n`,
      )
    const typed = typedAs(spec, parsed.command)
    const written = parsed.command.piped === true ? streams : early.streams
    const shell = {
      ...early,
      streams: written,
      env,
      typed,
      quiet,
      lang: languageOf(argv, env),
      resume: spec.resume,
    }
    return await runInShell(shell, async (context) => {
      try {
        return await handler(parsed.args, context)
      } catch (error) {
        throw completeUsage(spec, parsed.command, error)
      }
    })
  } catch (error) {
    const told = asEdgeliftError(error)
    printError(told, early)
    return told.exit
  } finally {
    named.tell(lang)
  }
}

/** What `--version` and `--help` print with `--json`, where standard output holds a document and nothing else. */
function documentOf({ version }: ProgramSpec, text: string): string {
  return JSON.stringify(text === version ? { version } : { help: text }, undefined, 2)
}

/** The language is needed before the command line is parsed: for the help and for what is wrong with it. */
export function languageOf(argv: readonly string[], env: Env): Lang {
  const flag = languageFlag(argv)
  return chooseLang(isLang(flag) ? flag : undefined, env)
}

/** One that is neither of the two would be English without a word: `EDGELIFT_LANG=cn`. */
function requireLang({ EDGELIFT_LANG: value }: Env): void {
  if (!value || isLang(value)) return
  throw variableInvalid(
    { name: 'EDGELIFT_LANG', value },
    { en: 'messages are in en or zh', zh: '消息语言为 zh 或 en' },
    { en: 'set EDGELIFT_LANG=en or EDGELIFT_LANG=zh', zh: '请设置 EDGELIFT_LANG=zh 或 EDGELIFT_LANG=en' },
  )
}

function languageFlag(argv: readonly string[]): string | undefined {
  const at = argv.findIndex((word) => word === '--lang' || word.startsWith('--lang='))
  const word = at === -1 ? undefined : argv[at]
  return word === '--lang' ? argv[at + 1] : word?.slice('--lang='.length)
}

function hasFlag(argv: readonly string[], name: string): boolean {
  return argv.some((word) => word === `--${name}` || word === `--${name}=true`)
}
