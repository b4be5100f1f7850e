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

/**
 * A command line without its `--`, behind which yargs hands no word to a command: what stands there goes before the command's
 * options, one of which may take a list, and a name that begins with `-` becomes the path that it stands for.
 */
export function withoutEnd(spec: ProgramSpec, argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  if (end === -1) return argv
  const before = argv.slice(0, end)
  const operands = argv.slice(end + 1).map((word) => (word.startsWith('-') ? `./${word}` : word))
  const [command] = wordsOf(spec, before)
  const from = command === undefined ? before.length : before.indexOf(command)
  const option = before.findIndex((word, at) => at > from && word.startsWith('-'))
  const place = option === -1 ? before.length : option
  return [...before.slice(0, place), ...operands, ...before.slice(place)]
}

/** The command that a command line names; options may stand before it. */
export function commandOf(spec: ProgramSpec, argv: readonly string[]): CommandSpec | undefined {
  const [first] = wordsOf(spec, argv)
  return spec.commands.find((command) => first === nameOf(command))
}

/** What people type for a command: `edgelift build`, or the launcher that they have typed. */
export function typedAs(spec: ProgramSpec, command: CommandSpec): string {
  const name = nameOf(command)
  const started = spec.launchers?.some((one) => one.name === spec.launcher && one.command === name)
  return started === true && spec.launcher !== undefined ? spec.launcher : `${spec.name} ${name}`
}

/** {@link typedAs}, and after it the positionals. */
export function typedUsage(spec: ProgramSpec, command: CommandSpec): string {
  return `${typedAs(spec, command)}${command.usage.slice(nameOf(command).length)}`
}

export function nameOf(command: CommandSpec): string {
  return command.usage.split(' ', 1)[0] ?? ''
}
