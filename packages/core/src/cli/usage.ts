import { fail } from '../codes.ts'
import { EdgeliftError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import type { Text } from '../text.ts'
import { commandOf, nameOf, typedAs, typedUsage, wordsOf } from './command-words.ts'
import { GLOBALS } from './globals.ts'
import type { CommandSpec, ProgramSpec } from './specs.ts'

/** The error for a command line that is wrong: `wrong` says how, the rest how it should look and where help is. */
export function usage(spec: ProgramSpec, argv: readonly string[], wrong: Text | string): EdgeliftError {
  const command = commandOf(spec, argv)
  const help = `${command === undefined ? spec.name : typedAs(spec, command)} --help`
  const meant = suggestion(spec, command, argv)
  const [word] = wordsOf(spec, argv)
  return fail('USAGE', {
    what: command === undefined && word !== undefined ? unknownCommand(word) : wrong,
    ...(command === undefined ? {} : { because: usageLine(spec, command) }),
    fix:
      meant === undefined
        ? { en: `see ${help}`, zh: `参见 ${help}` }
        : { en: `did you mean ${meant}? See ${help}`, zh: `是否想输入 ${meant}？参见 ${help}` },
  })
}

/** The same error with what it does not say by itself, when a command has found the mistake. Other errors stay as they are. */
export function completeUsage(spec: ProgramSpec, command: CommandSpec, error: unknown): unknown {
  if (!(error instanceof EdgeliftError) || error.code !== 'USAGE') return error
  const help = `${typedAs(spec, command)} --help`
  return fail('USAGE', {
    what: error.what,
    because: error.because ?? usageLine(spec, command),
    fix: error.fix ?? { en: `see ${help}`, zh: `参见 ${help}` },
  })
}

function usageLine(spec: ProgramSpec, command: CommandSpec): Text {
  const line = typedUsage(spec, command)
  return { en: `usage: ${line}`, zh: `用法：${line}` }
}

function unknownCommand(word: string): Text {
  return { en: `unknown command: ${word}`, zh: `未知命令：${word}` }
}

/** The first option on the command line that the command does not have. */
export function unknownOption(spec: ProgramSpec, argv: readonly string[]): string | undefined {
  const command = commandOf(spec, argv)
  if (command === undefined) return undefined
  const known = optionNames(spec, command)
  return argv.flatMap((word) => /^--([^=]+)/.exec(word)?.[1] ?? []).find((name) => !known.includes(name))
}

/** The command or option that a word most likely means: mistyped, or what others call it. */
function suggestion(
  spec: ProgramSpec,
  command: CommandSpec | undefined,
  argv: readonly string[],
): string | undefined {
  if (command === undefined) {
    const [word] = wordsOf(spec, argv)
    if (word === undefined) return undefined
    const other = Object.entries(spec.otherNames ?? {}).find(([name]) => name === word.toLowerCase())
    return other?.[1] ?? nearest(word, spec.commands.map(nameOf))
  }
  const wrong = unknownOption(spec, argv)
  const near = wrong === undefined ? undefined : nearest(wrong, optionNames(spec, command))
  return near === undefined ? undefined : `--${near}`
}

function optionNames(spec: ProgramSpec, { options }: CommandSpec): string[] {
  return ['help', 'version', ...Object.keys({ ...GLOBALS, ...spec.globals, ...options })]
}
