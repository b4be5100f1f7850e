import type { Completable, CompletableFlag, Values } from './completable.ts'

export function fishCompletion({ program, globals, commands, launchers }: Completable): string {
  const linesOf =
    (typed: string) =>
    (...parts: string[]): string =>
      ['complete -c', lastPart(typed), ...parts].join(' ')
  const line = linesOf(program)
  const within = (name: string): string => `-n '__fish_seen_subcommand_from ${name}'`
  const option = ({ name, describe, values }: CompletableFlag): string =>
    [`-l ${name}`, ...valuesOf(values), `-d ${quoted(describe)}`].join(' ')
  const names = commands.map(({ name }) => name).join(' ')
  return [
    `# fish completion of ${program}`,
    line('-f'),
    ...commands.map(({ name, describe }) =>
      line(`-n 'not __fish_seen_subcommand_from ${names}'`, `-a ${name}`, `-d ${quoted(describe)}`),
    ),
    ...globals.map((flag) => line(option(flag))),
    ...commands.flatMap(({ name, flags, positionals }) => [
      ...flags.map((flag) => line(within(name), option(flag))),
      ...positionals.map((values, at) => line(...argument(name, values, positionals.slice(0, at)))),
    ]),
    ...launchers.flatMap(({ name, command }) => [
      linesOf(name)('-f'),
      ...[...globals, ...command.flags].map((flag) => linesOf(name)(option(flag))),
    ]),
  ].join('\n')
}

/** Words are offered until one of them stands there, and what follows them from then on. */
function argument(command: string, values: Values, before: readonly Values[]): string[] {
  const conditions = [`__fish_seen_subcommand_from ${command}`]
  const seen = (words: readonly string[]): string => `__fish_seen_subcommand_from ${words.join(' ')}`
  for (const one of before) if (one.kind === 'words') conditions.push(seen(one.words))
  if (values.kind === 'words') conditions.push(`not ${seen(values.words)}`)
  const offer = values.kind === 'words' ? `-a ${quoted(values.words.join(' '))}` : '-F'
  return [`-n '${conditions.join('; and ')}'`, offer]
}

/** Fish compares the last part of what is typed. */
function lastPart(typed: string): string {
  return typed.replace(/^.*\//, '')
}

function valuesOf(values: Values): string[] {
  switch (values.kind) {
    case 'none':
      return []
    case 'words':
      return ['-x', `-a ${quoted(values.words.join(' '))}`]
    case 'files':
      return ['-r', '-F']
    case 'folders':
      return ['-x', "-a '(__fish_complete_directories)'"]
    default:
      return ['-x']
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
