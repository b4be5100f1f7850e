import type { Text } from '../text.ts'
import type { CommandContext, Outcome } from './shell.ts'

export interface OptionSpec {
  readonly type: 'string' | 'boolean' | 'number' | 'array'
  readonly describe: Text
  readonly alias?: string
  readonly choices?: readonly string[]
  readonly default?: string | boolean | number
  /** The word in the help for the value, such as `FILE`. */
  readonly value?: string
  /** May stand without its value, which is empty then. */
  readonly bare?: boolean
  /** Takes `-` for standard input. */
  readonly stdin?: boolean
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
  /** Another program reads what it prints: a shell that sources it, `man`. Standard error stays empty unless it fails. */
  readonly piped?: boolean
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
  /** Scripts that start one of the commands, as people type them. Shells complete their options. */
  readonly launchers?: readonly { readonly name: string; readonly command: string }[]
  /** The name of the one of {@link launchers} that was typed; undefined when the program itself was. */
  readonly launcher?: string | undefined
  /** The directory of the program, where the person stands in another one: its names begin with `./`. */
  readonly elsewhere?: string | undefined
  /** What people also call something: the word, and what to type for it. */
  readonly otherNames?: Readonly<Record<string, string>>
  /** Tells people on machines without a locale how to get Chinese. */
  readonly offersChinese?: boolean
}
