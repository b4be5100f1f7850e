// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell
import type { Completable, CompletableFlag, Values } from './completable.ts'

/** Works with bash 3.2 and newer, without the package bash-completion. */
export function bashCompletion({ program, id, globals, commands, launchers }: Completable): string {
  const valued = (flags: readonly CompletableFlag[], command: string) =>
    flags
      .filter(({ values }) => values.kind !== 'none')
      .map(({ name, values }) => `    ${command}--${name}) ${filled(values, id)} ;;`)
  const all = [...globals, ...commands.flatMap(({ flags }) => flags)]
  const takesValue = [...new Set(all.filter(({ values }) => values.kind !== 'none').map(({ name }) => name))]
  const lines = [
    `# bash completion of ${program}`,
    `${id}_files() {`,
    '  local one',
    '  while IFS= read -r one; do COMPREPLY+=("$one"); done < <(compgen "$1" -- "$cur")',
    '  compopt -o filenames 2>/dev/null',
    '}',
    `${id}_words() { COMPREPLY=($(compgen -W "$1" -- "$cur")); }`,
    `${id}_list() {`,
    '  local head=${cur%"${cur##*,}"} left= word',
    '  for word in $1; do',
    '    case ",$head" in *",$word,"*) ;; *) left="$left $word" ;; esac',
    '  done',
    '  COMPREPLY=($(compgen -P "$head" -W "$left" -- "${cur##*,}"))',
    '  compopt -o nospace 2>/dev/null',
    '}',
    `${id}() {`,
    '  local cur=${COMP_WORDS[COMP_CWORD]} flag=${COMP_WORDS[COMP_CWORD-1]} command= count=0 index=1 word',
    '  COMPREPLY=()',
    '  # bash takes "=" as a word of its own.',
    '  if [ "$cur" = "=" ]; then cur=; elif [ "$flag" = "=" ]; then flag=${COMP_WORDS[COMP_CWORD-2]}; fi',
    '  while [ "$index" -lt "$COMP_CWORD" ]; do',
    '    word=${COMP_WORDS[index]}',
    '    case $word in',
    `      ${takesValue.map((name) => `--${name}`).join('|')})`,
    '        index=$((index + 1))',
    '        if [ "${COMP_WORDS[index]}" = "=" ]; then index=$((index + 1)); fi',
    '        ;;',
    '      -*|=) ;;',
    '      *) if [ -z "$command" ]; then command=$word; else count=$((count + 1)); fi ;;',
    '    esac',
    '    index=$((index + 1))',
    '  done',
    '  case $command$flag in',
    ...commands.flatMap(({ name, flags }) => valued(flags, name)),
    ...valued(globals, '*'),
    '    *) flag= ;;',
    '  esac',
    '  if [[ $flag == --* ]]; then return; fi',
    '  if [[ $cur == -* ]]; then',
    '    case $command in',
    ...commands.map(({ name, flags }) => `      ${name}) ${id}_words "${dashed([...flags, ...globals])}" ;;`),
    `      *) ${id}_words "${dashed(globals)} --version" ;;`,
    '    esac',
    '    return',
    '  fi',
    '  case $command,$count in',
    `    ,*) ${id}_words "${commands.map(({ name }) => name).join(' ')}" ;;`,
    ...commands.flatMap(({ name, positionals, repeats }) =>
      positionals.map((values, at) => {
        const place = repeats && at === positionals.length - 1 ? '*' : at
        return `    ${name},${place}) ${filled(values, id)} ;;`
      }),
    ),
    '  esac',
    '}',
    `complete -F ${id} ${program}`,
    ...launchers.flatMap((launcher) => [
      `${launcher.id}() {`,
      `  local -a typed=("$1" ${launcher.command.name} "\${COMP_WORDS[@]:1}")`,
      '  local -a COMP_WORDS=("${typed[@]}")',
      '  local COMP_CWORD=$((COMP_CWORD + 1))',
      `  ${id} "$@"`,
      '}',
      `complete -F ${launcher.id} ${launcher.name}`,
    ]),
  ]
  return lines.join('\n')
}

function filled(values: Values, id: string): string {
  switch (values.kind) {
    case 'words':
      return `${id}_${values.list ? 'list' : 'words'} "${values.words.join(' ')}"`
    case 'files':
      return `${id}_files -f`
    case 'folders':
      return `${id}_files -d`
    default:
      return ':'
  }
}

function dashed(flags: readonly CompletableFlag[]): string {
  return flags.map(({ name }) => `--${name}`).join(' ')
}
