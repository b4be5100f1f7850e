import yargs, { type Argv, type Options, type PositionalOptions } from 'yargs'
import type { Lang, Text } from '../text.ts'
import { isUnexpanded } from '../unexpanded.ts'
import { commandOf, typedUsage, wordsOf } from './command-words.ts'
import { GLOBALS } from './globals.ts'
import type { Arguments, CommandSpec, OptionSpec, PositionalSpec, ProgramSpec } from './specs.ts'
import { unknownOption, usage } from './usage.ts'
import { helpWords } from './words.ts'

export type Parsed =
  /** `--help` or `--version`. */
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'command'; readonly command: CommandSpec; readonly args: Arguments }

export interface ParseOptions {
  readonly argv: readonly string[]
  readonly lang: Lang
  readonly columns: number | undefined
}

const WIDEST = 110

/** Whatever yargs may take for a call of help: `--help`, `--help=true`, `-h`, among other letters too. */
const HELP = /^(--help|-[^-]*h)/

/** @throws USAGE with what is wrong and how to get help */
export async function parseCommandLine(spec: ProgramSpec, options: ParseOptions): Promise<Parsed> {
  const { argv, lang } = options
  let text = ''
  const parser = program(spec, options).fail((message: string | null, error: Error | undefined) => {
    const unknown = unknownOption(spec, argv)
    throw usage(
      spec,
      argv,
      unknown === undefined ? (message ?? error?.message ?? '') : WORDS.unknown(unknown)[lang],
    )
  })
  const args = (await parser.parseAsync([...argv], {}, (_error, _args, output) => {
    text = output
  })) as Record<string, unknown>
  if (text !== '') return { kind: 'text', text: `${tidied(text)}${examplesText(spec, argv, lang)}` }
  const command = commandOf(spec, (args._ as unknown[]).map(String))
  if (command === undefined) throw usage(spec, argv, WORDS.command[lang])
  const known = { ...GLOBALS, ...spec.globals, ...command.options }
  const repeated = repeatedOption(args, known)
  if (repeated !== undefined) throw usage(spec, argv, WORDS.repeated(repeated)[lang])
  const switched = argv.find((word) => isNoSwitch(word, known))
  if (switched !== undefined) throw usage(spec, argv, WORDS.switched(switched)[lang])
  if (namesNoFile(argv, known)) throw usage(spec, argv, WORDS.dash[lang])
  const empty = emptyPath(args, command.positionals ?? {}, known)
  if (empty !== undefined) throw usage(spec, argv, WORDS.empty(empty)[lang])
  const url = urlForPath(spec, argv, known)
  if (url !== undefined) throw usage(spec, argv, WORDS.url(url)[lang])
  const unfit = unfitChoice(args, command.positionals ?? {}, known)
  if (unfit !== undefined) throw usage(spec, argv, WORDS.choices(unfit)[lang])
  const unexpanded = argv.find((word) => isUnexpanded(word.replace(/^--[^=]+=/, '')))
  if (unexpanded !== undefined) throw usage(spec, argv, WORDS.unexpanded(unexpanded)[lang])
  return { kind: 'command', command, args }
}

const WORDS = {
  command: { en: 'a command is required', zh: '需要指定命令' },
  unknown: (name: string): Text => ({ en: `unknown option: --${name}`, zh: `未知选项：--${name}` }),
  unexpanded: (word: string): Text => ({
    en: `${word}: no shell has replaced ~ here: write the whole path, unquoted or with $HOME`,
    zh: `${word}：此处的 ~ 未被 shell 展开：请写完整路径，或使用 $HOME`,
  }),
  url: (word: string): Text => ({
    en: `${word} is a URL, and a file or folder of this machine is needed: download it, and give its path`,
    zh: `${word} 是 URL，此处需要本机上的文件或目录：请先下载，再给出其路径`,
  }),
  empty: (label: string): Text => ({ en: `${label}: must not be empty`, zh: `${label}：不能为空` }),
  dash: {
    en: '-: standard input and output are not used here: give a path; that of a file of this name is ./-',
    zh: '-：此处不使用标准输入或标准输出：请给出路径；若文件名就是“-”，请写 ./-',
  },
  choices: ({ label, choices }: Unfit): Text => ({
    en: `${label}: must be one of ${choices.join(', ')}`,
    zh: `${label}：应为以下之一：${choices.join('、')}`,
  }),
  repeated: (name: string): Text => ({ en: `--${name} is given twice`, zh: `--${name} 重复出现` }),
  switched: (word: string): Text => {
    const [name] = word.split('=', 1)
    return { en: `${word}: ${name} takes no value`, zh: `${word}：${name} 不带取值` }
  },
}

interface Unfit {
  readonly label: string
  readonly choices: readonly string[]
}

/** Found here, because yargs says it in two lines and in words of its own. */
function unfitChoice(
  args: Arguments,
  positionals: Readonly<Record<string, PositionalSpec>>,
  options: Readonly<Record<string, OptionSpec>>,
): Unfit | undefined {
  const labelled = [
    ...Object.entries(positionals).map(([name, spec]) => ({ name, label: `<${name}>`, ...spec })),
    ...Object.entries(options).map(([name, spec]) => ({ name, label: `--${name}`, ...spec })),
  ]
  for (const { name, label, choices } of labelled) {
    const value = args[name]
    if (choices !== undefined && value !== undefined && !choices.includes(String(value)))
      return { label, choices }
  }
  return undefined
}

/** Without `--help` only what the command line needs: yargs lays out the help of each command that it runs. */
function program(spec: ProgramSpec, { argv, lang, columns }: ParseOptions): Argv {
  const named = argv.some((word) => HELP.test(word)) ? undefined : commandOf(spec, argv)
  const [globals, commands] =
    named === undefined ? [GLOBALS, spec.commands] : [unchosen(GLOBALS), [withoutChoices(named)]]
  const parser = yargs([])
    .scriptName(spec.name)
    .locale('en')
    .exitProcess(false)
    .showHelpOnFail(false)
    .strict()
    .parserConfiguration({
      'boolean-negation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .wrap(named === undefined ? Math.min(WIDEST, columns || WIDEST) : null)
    .version(spec.version)
    .usage(`${spec.describe[lang]}\n\n$0 ${lang === 'zh' ? '<命令> [选项]' : '<command> [options]'}`)
    .demandCommand(1, WORDS.command[lang])
    .alias('help', 'h')
  parser.updateStrings(helpWords(lang))
  parser.options(optionsOf(globals, lang))
  if (spec.globals) parser.options(optionsOf(spec.globals, lang))
  parser.group(
    [...Object.keys({ ...spec.globals, ...GLOBALS }), 'help', 'version'],
    lang === 'zh' ? '通用选项：' : 'Global options:',
  )
  for (const command of commands) addCommand(parser, command, { usage: typedUsage(spec, command), lang })
  if (spec.epilogue) parser.epilogue(spec.epilogue[lang])
  return parser
}

/** For what is no help: {@link unfitChoice} looks at the values. */
function withoutChoices(command: CommandSpec): CommandSpec {
  const { positionals = {}, options = {} } = command
  return { ...command, positionals: unchosen(positionals), options: unchosen(options) }
}

function unchosen<T extends OptionSpec | PositionalSpec>(
  specs: Readonly<Record<string, T>>,
): Record<string, T> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { choices: _, ...spec }]) => [name, spec as unknown as T]),
  )
}

/**
 * Help as yargs lays it out, without what it alone puts there: a blank behind a Chinese colon, and the empty list that it takes for
 * the default of a list. The columns stay.
 */
function tidied(help: string): string {
  return help
    .replace(/ ?\[(?:default: |默认： )\[\]\]$/gm, '')
    .replace(/\[(可选值|默认)： /g, (_, word: string) => ` [${word}：`)
}

/** One line a command, however long: it is there to be copied. */
function examplesText(spec: ProgramSpec, argv: readonly string[], lang: Lang): string {
  if (argv.includes('--version')) return ''
  const { examples = [] } = commandOf(spec, argv) ?? spec
  if (examples.length === 0) return ''
  const lines = examples.flatMap(({ line, text }) => [`  # ${text[lang]}`, `  ${line}`])
  return ['\n', lang === 'zh' ? '示例：' : 'Examples:', ...lines].join('\n')
}

function addCommand(
  parser: Argv,
  command: CommandSpec,
  { usage, lang }: { readonly usage: string; readonly lang: Lang },
): void {
  const describe = command.hidden === true ? false : command.describe[lang]
  parser.command(command.usage, describe as string, (own) => {
    own.usage(`${usage} ${lang === 'zh' ? '[选项]' : '[options]'}\n\n${command.describe[lang]}`)
    for (const [name, positional] of Object.entries(command.positionals ?? {})) {
      const settings: PositionalOptions = { describe: positional.describe[lang], type: 'string' }
      own.positional(name, positional.choices ? { ...settings, choices: positional.choices } : settings)
    }
    own.options(optionsOf(command.options ?? {}, lang))
    own.group(Object.keys(command.options ?? {}), lang === 'zh' ? '选项：' : 'Options:') // before those of all
    if (command.epilogue) own.epilogue(command.epilogue[lang])
    return own
  })
}

function optionsOf(specs: Readonly<Record<string, OptionSpec>>, lang: Lang): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]): [string, Options] => [
      name,
      {
        describe: spec.value === undefined ? spec.describe[lang] : `${spec.value}: ${spec.describe[lang]}`,
        type: spec.type,
        ...(spec.type === 'boolean' || spec.bare === true ? {} : { requiresArg: true }),
        ...(spec.alias === undefined ? {} : { alias: spec.alias }),
        ...(spec.choices === undefined ? {} : { choices: spec.choices }),
        ...(spec.default === undefined ? {} : { default: spec.default }),
        ...(spec.hidden === undefined ? {} : { hidden: spec.hidden }),
      },
    ]),
  )
}

/** Whether a `-` stands where no option takes it for standard input: yargs makes an empty text of a positional one. */
function namesNoFile(argv: readonly string[], specs: Readonly<Record<string, OptionSpec>>): boolean {
  return argv.some((word, at) => {
    const name =
      /^--([^=]+)=-$/.exec(word)?.[1] ?? (word === '-' ? argv[at - 1]?.replace(/^--/, '') : undefined)
    return name !== undefined && specs[name]?.stdin !== true
  })
}

/** What an option's value is called in the help where it is a path. */
const PATH = /FILE|DIR|ARCHIVE|OLD|RELEASE/

/** A path of no characters would be the working directory: `--into "$UNSET"`. */
function emptyPath(
  args: Arguments,
  positionals: Readonly<Record<string, PositionalSpec>>,
  options: Readonly<Record<string, OptionSpec>>,
): string | undefined {
  const paths = Object.entries(options).filter(([, { value }]) => PATH.test(value ?? ''))
  const labels = new Map([
    ...Object.keys(positionals).map((name) => [name, `<${name}>`] as const),
    ...paths.map(([name]) => [name, `--${name}`] as const),
  ])
  return [...labels].find(([name]) => [args[name]].flat().includes(''))?.[1]
}

/** The first URL where a path is expected: as a path it would lead to a folder of that name, and be shown as one. */
function urlForPath(
  spec: ProgramSpec,
  argv: readonly string[],
  options: Readonly<Record<string, OptionSpec>>,
): string | undefined {
  const ofOptions = argv.flatMap((word, at) => {
    const [, name = '', value = argv[at + 1]] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? []
    return PATH.test(options[name]?.value ?? '') && value !== undefined ? [value] : []
  })
  return [...wordsOf(spec, argv).slice(1), ...ofOptions].find((word) => /^[a-z][a-z0-9+.-]*:\/\//i.test(word))
}

/** yargs turns a single-valued option that is given twice into a list in silence. */
function repeatedOption(args: Arguments, specs: Readonly<Record<string, OptionSpec>>): string | undefined {
  return Object.entries(specs).find(([name, spec]) => spec.type !== 'array' && Array.isArray(args[name]))?.[0]
}

/** yargs reads `--dry-run=yes` as false in silence, and the command then does what it was to preview. */
function isNoSwitch(word: string, specs: Readonly<Record<string, OptionSpec>>): boolean {
  const [, name = '', value] = /^--([^=]+)=(.*)$/s.exec(word) ?? []
  return value !== undefined && specs[name]?.type === 'boolean' && value !== 'true' && value !== 'false'
}
