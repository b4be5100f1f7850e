import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { exec, mustExec } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundledProgram } from '../support/building/program.ts'
import { runOnTerminal } from '../support/screen.ts'
import { repositoryRoot } from '../support/upstream/places.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const
const LANGS = ['en', 'zh'] as const

let folder: string
let builder: string
const installer = path.join(repositoryRoot, 'dist/installer.mjs')
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift completion-'))
  builder = (await bundledProgram(path.join(folder, 'program'))).file
  await mkdir(path.join(folder, 'work', 'a folder'), { recursive: true })
  await writeFile(path.join(folder, 'work', 'my release.yaml'), '')
  for (const shell of SHELLS) {
    await writeScript(builder, 'builder', shell, 'en')
    await writeScript(installer, 'installer', shell, 'en')
  }
})
afterAll(() => rm(folder, { recursive: true }))

const script = (name: string, shell: string): string => path.join(folder, `${name}.${shell}`)

async function writeScript(program: string, name: string, shell: string, lang: string): Promise<string> {
  const text = await mustExec(exec, process.execPath, [program, 'completion', shell, '--lang', lang])
  await writeFile(script(name, shell), text)
  return text
}

/** What a real bash offers after `words`, the last one unfinished; the function is found as bash finds it. */
async function offered(name: string, words: readonly string[]): Promise<string[]> {
  const [command = ''] = words
  const typed = `
    source ${JSON.stringify(script(name, 'bash'))}
    registered=$(complete -p "$1") || exit 1
    function=$(sed -n 's/.*-F \\([^ ]*\\) .*/\\1/p' <<<"$registered")
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    "$function" "$1" "\${COMP_WORDS[COMP_CWORD]}" "\${COMP_WORDS[COMP_CWORD-1]}"
    if [ "\${#COMPREPLY[@]}" -gt 0 ]; then printf '%s\\n' "\${COMPREPLY[@]}"; fi`
  const cwd = path.join(folder, 'work')
  const shown = await mustExec(exec, 'bash', ['--norc', '-uc', typed, 'bash', command, ...words.slice(1)], {
    cwd,
  })
  return shown.split('\n').filter((line) => line !== '')
}

describe('bash', () => {
  it.each([
    [
      ['edgelift', 'l'],
      ['lint', 'lock'],
    ],
    [['edgelift', '--store', '/s', 'ver'], ['verify']],
    [['edgelift', '--lang', '=', 'zh', 'keyg'], ['keygen']],
    [['edgelift', 'build', 'x', '--pl'], ['--platform']],
    [['edgelift', 'build', 'x', '--role', 'cl'], ['cloud']],
    [['edgelift', 'build', 'x', '--role', '=', 'cloud,e'], ['cloud,edge']],
    [['edgelift', 'build', 'x', '--role', 'cloud,'], ['cloud,edge']],
    [
      ['edgelift', 'build', '--role', '='],
      ['cloud', 'edge'],
    ],
    [['edgelift', 'store', 'pr'], ['prune']],
    [
      ['edgelift', 'build', '--lang', ''],
      ['en', 'zh'],
    ],
    [['edgelift', 'lint', 'my'], ['my release.yaml']],
    [['edgelift', 'verify', 'one.tar.gz', 'a'], ['a folder']],
    [['edgelift', 'lint', 'one', ''], []],
    [['edgelift', '--store', ''], ['a folder']],
    [['edgelift', 'build', '--sign', 'my'], ['my release.yaml']],
    [
      ['edgelift', 'completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
  ])('%j offers %j', async (words, expected) => {
    expect(await offered('builder', words)).toEqual(expected)
  })

  it('offers the options of the installer, as it is typed in an archive', async () => {
    expect(await offered('installer', ['./edgelift', 'install', '--kubeedge'])).toEqual(['--kubeedge-only'])
    expect(await offered('installer', ['./edgelift', 'install', '--containerd', ''])).toEqual([
      'bundled',
      'existing',
    ])
  })

  it('offers no command or option that the help hides', async () => {
    const help = await mustExec(exec, process.execPath, [builder, '--help'])
    for (const command of await offered('builder', ['edgelift', ''])) expect(help).toContain(command)
  })
})

describe.each(['builder', 'installer'])('the scripts of the %s', (name) => {
  it.each(SHELLS.flatMap((shell) => LANGS.map((lang) => [shell, lang] as const)))(
    '%s reads what is written in %s',
    async (shell, lang) => {
      const text = await writeScript(name === 'builder' ? builder : installer, name, shell, lang)
      expect(text.length).toBeGreaterThan(1000)
      const { code, stderr } = await exec(shell, ['-n', script(name, shell)])
      expect([code, stderr]).toEqual([0, ''])
    },
  )

  it('fish completes a command and an option’s words', async () => {
    const command = name === 'builder' ? 'edgelift build x --ro' : './edgelift install --containe'
    const asked = `source ${JSON.stringify(script(name, 'fish'))}; complete -C '${command}'`
    const env = { ...process.env, HOME: folder }
    const shown = await mustExec(exec, 'fish', ['--no-config', '-c', asked], { cwd: folder, env })
    expect(shown).toMatch(name === 'builder' ? /^--role\t/ : /^--containerd\t/)
  })
})

it.each([
  ['edgelift store ', ['export', 'import', 'ls', 'prune', 'verify']],
  ['edgelift store export ', ['a folder/', 'my release.yaml']],
  ['edgelift completion ', ['bash', 'fish', 'zsh']],
])('fish offers words or files in their places: %s', async (typed, expected) => {
  const asked = `source ${JSON.stringify(script('builder', 'fish'))}; complete -C '${typed}'`
  const cwd = path.join(folder, 'work')
  const shown = await mustExec(exec, 'fish', ['--no-config', '-c', asked], {
    cwd,
    env: { ...process.env, HOME: folder },
  })
  const lines = shown.split('\n').filter((line) => line !== '')
  expect(lines.map((line) => line.split('\t', 1)[0]?.replaceAll('\\', ''))).toEqual(expected)
})

/** The command line after `typed` and a tab, in an interactive shell that has sourced the scripts of the installer or builder. */
async function completed(shell: 'bash' | 'zsh', name: string, typed: string): Promise<string> {
  const home = await mkdtemp(path.join(folder, 'home-'))
  const result = path.join(home, 'line')
  const source = `source ${JSON.stringify(script(name, shell))}`
  const start = {
    bash: `PS1='ready>'\n${source}\nbind -x '"\\C-xe": printf %s "$READLINE_LINE" >"$RESULT"; exit'\n`,
    zsh: `PS1='ready>'; autoload -Uz compinit && compinit -u -d "$HOME/dump"\n${source}
      write-line() { print -rn -- "$BUFFER" >$RESULT; exit }
      zle -N write-line; bindkey '^Xe' write-line\n`,
  }[shell]
  await writeFile(path.join(home, '.zshrc'), start)
  const command =
    shell === 'zsh' ? ['zsh', '-d', '-i'] : ['bash', '--rcfile', path.join(home, '.zshrc'), '-i']
  await runOnTerminal(command, {
    columns: 200,
    cwd: path.join(folder, 'work'),
    env: { HOME: home, ZDOTDIR: home, RESULT: result, HISTFILE: undefined },
    typed: [{ after: 'ready>', text: `${typed}\t\u0018e` }],
  })
  return readFile(result, 'utf8')
}

describe.each(['bash', 'zsh'] as const)('a tab in %s', (shell) => {
  it.each([
    ['builder', 'edgelift build x --ro', 'edgelift build x --role'],
    ['installer', './edgelift install --containe', './edgelift install --containerd'],
    ['installer', './edgelift doc', './edgelift doctor'],
    ['installer', './install.sh --kubeedge-o', './install.sh --kubeedge-only'],
    ['installer', './install.sh --containerd exi', './install.sh --containerd existing'],
    ['installer', './install-kubeedge-only.sh --kubec', './install-kubeedge-only.sh --kubeconfig'],
    ['installer', './cleanup.sh --pu', './cleanup.sh --purge'],
  ])('completes for the %s: %s', async (name, typed, expected) => {
    expect((await completed(shell, name, typed)).replace(/[ =]$/, '')).toBe(expected)
  })
})

it.each([
  ['./install.sh --kubeedge-o', '--kubeedge-only'],
  ['./install.sh --containerd exi', 'existing'],
  ['./cleanup.sh --pu', '--purge'],
])('fish completes %s', async (typed, expected) => {
  const asked = `source ${JSON.stringify(script('installer', 'fish'))}; complete -C '${typed}'`
  const env = { ...process.env, HOME: folder }
  const shown = await mustExec(exec, 'fish', ['--no-config', '-c', asked], { cwd: folder, env })
  expect(shown.split('\t')[0]).toBe(expected)
})

it.each(['C', 'zh_CN.UTF-8'])('prints nothing but the script where it is sourced (LANG=%s)', async (LANG) => {
  for (const program of [builder, installer])
    for (const args of [['completion', 'bash'], ['man']]) {
      const env = { PATH: process.env.PATH, LANG }
      const { code, stdout, stderr } = await exec(process.execPath, [program, ...args], { env })
      expect([code, stderr, stdout.length > 1000]).toEqual([0, '', true])
    }
})

it.each(LANGS)(
  'prints a manual page of the installer that mandoc takes, and of the builder (%s)',
  async (lang) => {
    const page = path.join(folder, 'page')
    for (const program of [builder, installer]) {
      await writeFile(page, await mustExec(exec, process.execPath, [program, 'man', '--lang', lang]))
      const { stdout } = await exec('mandoc', ['-T', 'lint', '-W', 'warning', page])
      expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([])
    }
    const shown = await mustExec(exec, 'mandoc', ['-T', 'utf8', '-O', 'width=200', page])
    expect(shown.replace(/.[\b]/g, '')).toContain('./edgelift backup <file>')
  },
)

describe.each(['man', 'man/zh_CN'])('docs/%s/edgelift.1', (place) => {
  const page = path.join(repositoryRoot, 'docs', place, 'edgelift.1')

  it('is sound for mandoc, and has no date because a release has none before it is made', async () => {
    const { stdout } = await exec('mandoc', ['-T', 'lint', '-W', 'warning', page])
    expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([])
  })

  it('shows every command and keeps what is to be typed', async () => {
    const shown = await mustExec(exec, 'mandoc', ['-T', 'utf8', '-O', 'width=200', page])
    const text = shown.replace(/.[\b]/g, '')
    for (const command of await offered('builder', ['edgelift', '']))
      expect(text).toContain(`edgelift ${command}`)
    expect(text).toContain('edgelift store prune --older-than 30d --keep kubeedge-1.22.0')
  })
})
