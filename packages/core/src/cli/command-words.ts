import { GLOBALS } from './globals.ts'
import type { CommandSpec, OptionSpec, ProgramSpec } from './specs.ts'

/** The words of a command line that are neither options nor values of options: a command's name, then what it is given. */
export function wordsOf(spec: ProgramSpec, argv: readonly string[]): string[] {
  const ofCommands = spec.commands.map(({ options }) => options)
  const options: Record<string, OptionSpec> = Object.assign({}, GLOBALS, spec.globals, ...ofCommands)
  const takesValue = (word: string): boolean => {
    const option = options[word.replace(/^--/, '')]
    return option !== undefined && option.type !== 'boolean' && option.bare !== true
  }
  return argv.filter((word, at) => !word.startsWith('-') && !takesValue(argv[at - 1] ?? ''))
}

/** The command that a command line names; options may stand before it. */
export function commandOf(spec: ProgramSpec, argv: readonly string[]): CommandSpec | undefined {
  const [first] = wordsOf(spec, argv)
  return spec.commands.find((command) => first === nameOf(command))
}

export function nameOf(command: CommandSpec): string {
  return command.usage.split(' ', 1)[0] ?? ''
}
