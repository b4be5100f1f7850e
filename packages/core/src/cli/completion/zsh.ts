// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell
import type { Completable, CompletableCommand, CompletableFlag, Values } from './completable.ts'

/** For a folder of `fpath`, or to be sourced after `compinit`. */
export function zshCompletion({ program, id, globals, commands, launchers }: Completable): string {
  const flags = globals.map(flag)
  const lines = [
    `#compdef ${typedAs(program)}`,
    `${id}() {`,
    '  local curcontext="$curcontext" state',
    '  local -a line',
    `  _arguments -C ${[...flags, quoted('--version'), quoted('1: :->command'), quoted('*:: :->rest')].join(' ')}`,
    '  case $state in',
    '    command)',
    '      local -a commands',
    `      commands=(${commands.map(({ name, describe }) => quoted(`${name}:${describe}`)).join(' ')})`,
    "      _describe 'command' commands",
    '      ;;',
    '    rest)',
    '      case $line[1] in',
    ...commands.map((command) => `        ${command.name}) _arguments ${argumentsOf(command, flags)} ;;`),
    '      esac',
    '      ;;',
    '  esac',
    ...ending(program),
    '}',
    ...launchers.flatMap((launcher) => [
      `${launcher.id}() {`,
      `  _arguments ${argumentsOf(launcher.command, flags)}`,
      ...ending(launcher.name),
      '}',
    ]),
    `if [ "$funcstack[1]" = "${id}" ]; then ${id} "$@"; else`,
    ...[{ name: program, id }, ...launchers].map((one) => `  compdef ${one.id} ${typedAs(one.name)}`),
    'fi',
  ]
  return lines.join('\n')
}

/** Zsh looks up `./NAME` by its whole path, which only a pattern can match. */
function typedAs(program: string): string {
  return program.includes('/') ? `-p ${quoted(program.replace(/^.*\//, '*/'))}` : program
}

/** After a pattern's function, zsh would add the names of files. */
function ending(program: string): string[] {
  return program.includes('/') ? ['  _compskip=all'] : []
}

function argumentsOf(command: CompletableCommand, globals: readonly string[]): string {
  const { flags, positionals, repeats } = command
  const places = positionals.map((values, at) => {
    const place = repeats && at === positionals.length - 1 ? '*' : at + 1
    return quoted(`${place}: :${action(values)}`)
  })
  return [...flags.map(flag), ...globals, ...places].join(' ')
}

function flag({ name, describe, values }: CompletableFlag): string {
  const text = `[${describe.replace(/[[\]\\:]/g, '\\$&')}]`
  return quoted(values.kind === 'none' ? `--${name}${text}` : `--${name}=${text}:value:${action(values)}`)
}

function action(values: Values): string {
  switch (values.kind) {
    case 'words':
      return values.list ? `_values -s , value ${values.words.join(' ')}` : `(${values.words.join(' ')})`
    case 'files':
      return '_files'
    case 'folders':
      return '_files -/'
    default:
      return ' '
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
