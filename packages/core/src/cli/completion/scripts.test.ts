// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are shell
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CommandSpec, ProgramSpec } from '../specs.ts'
import { completionScript } from './index.ts'

const text = (en: string) => ({ en, zh: `${en}（中文）` })
const load: CommandSpec['load'] = () => Promise.reject(new Error('no command is run for a completion'))
const spec: ProgramSpec = {
  name: 'tool',
  version: '1',
  describe: text('a tool'),
  resume: text('again'),
  globals: { store: { type: 'string', value: 'DIR', describe: text('the store') } },
  launchers: [{ name: './install.sh', command: 'install' }],
  commands: [
    {
      usage: 'build <release>',
      describe: text("builds what's there: all"),
      options: {
        role: { type: 'array', value: 'cloud,edge', describe: text('roles [all]') },
        sign: { type: 'string', value: 'FILE', describe: text('key') },
        offline: { type: 'boolean', describe: text('offline') },
      },
      load,
    },
    {
      usage: 'store <action> [files..]',
      describe: text('the store'),
      positionals: { action: { describe: text('action'), choices: ['ls', 'prune'] } },
      load,
    },
    {
      usage: 'install',
      describe: text('installs'),
      options: { yes: { type: 'boolean', describe: text('yes') } },
      load,
    },
  ],
}

describe('the completion of bash', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'edgelift-completion-'))
    writeFileSync(path.join(folder, 'a release.yaml'), '')
    mkdirSync(path.join(folder, 'a-folder'))
    writeFileSync(path.join(folder, 'script'), completionScript(spec, 'bash', 'en'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  /** What is offered in the place of the last word. Words as bash cuts them: "=" is one of its own. */
  function offered(...words: readonly string[]): string[] {
    const script = [
      'source ./script',
      'COMP_WORDS=("$@")',
      'COMP_CWORD=$(($# - 1))',
      'run=$(complete -p "$1"); run=${run#*-F }; "${run%% *}" "$1"',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join('\n')
    const out = execFileSync('bash', ['-c', script, 'bash', ...words], { cwd: folder, encoding: 'utf8' })
    return out.split('\n').filter((line) => line !== '')
  }

  it.each<[string[], string[]]>([
    [
      ['tool', ''],
      ['build', 'store', 'install'],
    ],
    [['tool', 'bu'], ['build']],
    [['tool', '--store', ''], ['a-folder']],
    [['tool', '--store', 'x', 'st'], ['store']],
    [['tool', '--store', '=', 'x', 'st'], ['store']],
    [
      ['tool', 'store', ''],
      ['ls', 'prune'],
    ],
    [['tool', 'store', 'p'], ['prune']],
    [
      ['tool', 'store', 'ls', 'a'],
      ['a release.yaml', 'a-folder'],
    ],
    [
      ['tool', 'store', 'ls', 'x', 'a'],
      ['a release.yaml', 'a-folder'],
    ],
    [['tool', 'build', 'a r'], ['a release.yaml']],
    [['tool', 'build', 'x', ''], []],
    [['tool', 'build', '--role', 'c'], ['cloud']],
    [['tool', 'build', '--role', 'cloud,e'], ['cloud,edge']],
    [['tool', 'build', '--role', '=', 'e'], ['edge']],
    [
      ['tool', 'build', '--role', '='],
      ['cloud', 'edge'],
    ],
    [['tool', 'build', '--offline', 'a r'], ['a release.yaml']],
    [['tool', 'build', '--o'], ['--offline']],
    [['tool', 'store', '--o'], []],
    [
      ['tool', '--ver'],
      ['--verbose', '--version'],
    ],
    [
      ['tool', '--lang', ''],
      ['en', 'zh'],
    ],
    [['./install.sh', '--y'], ['--yes']],
    [['./install.sh', '--qu'], ['--quiet']],
  ])('%j offers %j', (words, expected) => {
    expect(offered(...words).sort()).toEqual([...expected].sort())
  })
})

describe.each(['bash', 'zsh', 'fish'] as const)('the script for %s', (shell) => {
  it('is the same each time, and ends without a blank line', () => {
    const script = completionScript(spec, shell, 'en')
    expect(completionScript(spec, shell, 'en')).toBe(script)
    expect(script).not.toMatch(/\n$/)
  })

  it('knows every command, every option and the launcher', () => {
    const script = completionScript(spec, shell, 'en')
    for (const word of [
      'build',
      'store',
      'install',
      'role',
      'sign',
      'offline',
      'quiet',
      'install.sh',
      'prune',
    ])
      expect(script).toContain(word)
  })
})

describe('descriptions', () => {
  it.each(['zsh', 'fish'] as const)('are in the language that was asked for, in %s', (shell) => {
    expect(completionScript(spec, shell, 'zh')).toContain('the store（中文）')
    expect(completionScript(spec, shell, 'en')).not.toContain('中文')
  })

  it('have their quotes and brackets kept from the shell', () => {
    expect(completionScript(spec, 'zsh', 'en')).toContain("builds what'\\''s there")
    expect(completionScript(spec, 'zsh', 'en')).toContain('roles \\[all\\]')
    expect(completionScript(spec, 'fish', 'en')).toContain("builds what\\'s there")
  })

  it('say for zsh and fish what kind of value an option takes', () => {
    const zsh = completionScript(spec, 'zsh', 'en')
    expect(zsh).toContain('--role=[roles \\[all\\]]:value:_values -s , value cloud edge')
    expect(zsh).toContain('--sign=[key]:value:_files')
    expect(zsh).toContain('--store=[the store]:value:_files -/')
    expect(zsh).toContain("'--offline[offline]'")
    const fish = completionScript(spec, 'fish', 'en')
    expect(fish).toContain("-l role -x -a 'cloud edge'")
    expect(fish).toContain('-l sign -r -F')
    expect(fish).toContain("-l store -x -a '(__fish_complete_directories)'")
    expect(fish).toContain("-l offline -d 'offline'")
    expect(fish).toContain("complete -c install.sh -l yes -d 'yes'")
  })
})
