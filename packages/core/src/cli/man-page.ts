import type { Lang, Text } from '../text.ts'
import { GLOBALS } from './globals.ts'
import type { CommandSpec, OptionSpec, ProgramSpec } from './specs.ts'

const TITLES = {
  name: { en: 'NAME', zh: '名称' },
  synopsis: { en: 'SYNOPSIS', zh: '概要' },
  commands: { en: 'COMMANDS', zh: '命令' },
  globals: { en: 'GLOBAL OPTIONS', zh: '通用选项' },
  notes: { en: 'EXIT STATUS', zh: '退出码' },
  examples: { en: 'EXAMPLES', zh: '示例' },
} as const satisfies Record<string, Text>

/** The manual page (section 1) of a program, in man(7), with what its `--help` says of every command. */
export function manPage(spec: ProgramSpec, lang: Lang): string {
  const section = (title: keyof typeof TITLES): string => `.SH ${TITLES[title][lang]}`
  const commands = spec.commands.filter(({ hidden }) => hidden !== true)
  const lines = [
    `.TH ${spec.name.replace(/^.*\//, '').toUpperCase()} 1 "" "${spec.name} ${spec.version}"`,
    section('name'),
    `${escaped(spec.name)} \\- ${escaped(spec.describe[lang])}`,
    section('synopsis'),
    ...commands.flatMap(({ usage }, at) => [
      ...(at === 0 ? [] : ['.br']),
      `.B ${escaped(`${spec.name} ${usage}`)}`,
    ]),
    section('commands'),
    ...commands.flatMap((command) => commandLines(command, spec.name, lang)),
    section('globals'),
    ...optionLines({ ...spec.globals, ...GLOBALS }, lang),
    ...(spec.epilogue === undefined ? [] : [section('notes'), ...paragraphs(spec.epilogue[lang])]),
    ...(spec.examples === undefined
      ? []
      : [section('examples'), ...exampleLines(spec.examples, lang).slice(1)]),
  ]
  return `${lines.join('\n')}\n`
}

function commandLines(command: CommandSpec, program: string, lang: Lang): string[] {
  const { usage, describe, positionals = {}, options = {}, examples = [], epilogue } = command
  return [
    `.SS ${escaped(`${program} ${usage}`)}`,
    escaped(describe[lang]),
    ...Object.entries(positionals).flatMap(([name, { describe: words, choices }]) => [
      '.TP',
      `.I ${escaped(name)}`,
      escaped(words[lang] + choicesText(choices, lang)),
    ]),
    ...optionLines(options, lang),
    ...(epilogue === undefined ? [] : ['.PP', ...paragraphs(epilogue[lang])]),
    ...exampleLines(examples, lang),
  ]
}

function optionLines(options: Readonly<Record<string, OptionSpec>>, lang: Lang): string[] {
  return Object.entries(options)
    .filter(([, { hidden }]) => hidden !== true)
    .flatMap(([name, { describe, value, choices }]) => [
      '.TP',
      value === undefined ? `.B ${escaped(`--${name}`)}` : `.BI ${escaped(`--${name}`)} " ${escaped(value)}"`,
      escaped(describe[lang] + choicesText(choices, lang)),
    ])
}

function choicesText(choices: readonly string[] | undefined, lang: Lang): string {
  if (choices === undefined) return ''
  return lang === 'zh' ? `（${choices.join('、')}）` : ` (${choices.join(', ')})`
}

function exampleLines(examples: NonNullable<CommandSpec['examples']>, lang: Lang): string[] {
  return examples.flatMap(({ line, text }) => [
    '.PP',
    `${escaped(text[lang])}${lang === 'zh' ? '：' : ':'}`,
    '.PP',
    '.RS 4',
    '.nf',
    escaped(line),
    '.fi',
    '.RE',
  ])
}

function paragraphs(text: string): string[] {
  return text.split('\n').flatMap((line, at) => [...(at === 0 ? [] : ['.br']), escaped(line)])
}

/** Typographic signs, for a roff that is given no encoding: `’` becomes `\[u2019]`. */
function asEscape(sign: string): string {
  return `\\[u${sign.charCodeAt(0).toString(16)}]`
}

/** Text that roff takes as text: what is typed keeps its ASCII hyphens and quotes. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replace(/[\u2010-\u2027]/g, asEscape)
    .replace(/^\./, '\\&.')
}
