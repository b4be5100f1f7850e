import type { Lang } from '../../text.ts'
import { GLOBALS } from '../globals.ts'
import type { CommandSpec, OptionSpec, PositionalSpec, ProgramSpec } from '../specs.ts'

/** What may stand in a place of the command line. */
export type Values =
  | { readonly kind: 'none' | 'files' | 'folders' | 'any' }
  /** One of these words; with `list`, several of them joined by commas. */
  | { readonly kind: 'words'; readonly words: readonly string[]; readonly list: boolean }

export interface CompletableFlag {
  /** Without the dashes. */
  readonly name: string
  readonly describe: string
  /** `none`: the flag takes no value. */
  readonly values: Values
}

export interface CompletableCommand {
  readonly name: string
  readonly describe: string
  readonly flags: readonly CompletableFlag[]
  /** In order; the last one holds for all that follow when {@link repeats}. */
  readonly positionals: readonly Values[]
  readonly repeats: boolean
}

/** A program's command line as far as a shell completes it: what `--help` shows. */
export interface Completable {
  /** As people type it: `edgelift`, `./edgelift`. */
  readonly program: string
  /** A name for the shell's functions. */
  readonly id: string
  readonly globals: readonly CompletableFlag[]
  readonly commands: readonly CompletableCommand[]
  /** Scripts that take the options of one of the commands. */
  readonly launchers: readonly Launcher[]
}

export interface Launcher {
  /** As people type it: `./install.sh`. */
  readonly name: string
  /** A name for the shell's functions. */
  readonly id: string
  readonly command: CompletableCommand
}

export function completable(spec: ProgramSpec, lang: Lang): Completable {
  const help: OptionSpec = { type: 'boolean', describe: { en: 'show help', zh: '显示帮助' } }
  const commands = spec.commands.filter(({ hidden }) => hidden !== true).map((one) => commandOf(one, lang))
  return {
    program: spec.name,
    id: shellName(spec.name),
    globals: flagsOf({ ...spec.globals, ...GLOBALS, help }, lang),
    commands,
    launchers: (spec.launchers ?? []).flatMap(({ name, command }) =>
      commands
        .filter((one) => one.name === command)
        .map((one) => ({ name, id: shellName(name), command: one })),
    ),
  }
}

function shellName(typed: string): string {
  return `_${typed.replace(/\W+/g, '_')}`
}

function commandOf(spec: CommandSpec, lang: Lang): CompletableCommand {
  const [name = '', ...positionals] = spec.usage.split(' ')
  return {
    name,
    describe: spec.describe[lang],
    flags: flagsOf(spec.options ?? {}, lang),
    positionals: positionals.map((word) => positionalValues(spec.positionals?.[word.replace(/\W/g, '')])),
    repeats: positionals.at(-1)?.includes('..') === true,
  }
}

function positionalValues(spec: PositionalSpec | undefined): Values {
  return spec?.choices === undefined ? { kind: 'files' } : { kind: 'words', words: spec.choices, list: false }
}

function flagsOf(specs: Readonly<Record<string, OptionSpec>>, lang: Lang): CompletableFlag[] {
  return Object.entries(specs)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([name, spec]) => ({ name, describe: spec.describe[lang], values: flagValues(spec) }))
}

/** From the word that the help shows for the value: `FILE.html`, `DIR`, `cloud,edge`, `bundled|existing`. */
function flagValues({ type, choices, value = '' }: OptionSpec): Values {
  if (type === 'boolean') return { kind: 'none' }
  if (choices !== undefined) return { kind: 'words', words: choices, list: false }
  if (/^[a-z0-9/]+([,|][a-z0-9/]+)+$/.test(value))
    return { kind: 'words', words: value.split(/[,|]/), list: value.includes(',') }
  if (/^DIR(ECTORY)?$/.test(value)) return { kind: 'folders' }
  return { kind: /FILE|DIRECTORY|ARCHIVE|OLD|RELEASE/.test(value) ? 'files' : 'any' }
}
