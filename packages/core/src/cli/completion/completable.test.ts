import { expect, it } from 'vitest'
import type { CommandSpec, OptionSpec, ProgramSpec } from '../specs.ts'
import { completable } from './completable.ts'

const text = (en: string) => ({ en, zh: `${en}（中文）` })
const load = () => Promise.reject(new Error('no command is run for a completion'))
const command = (usage: string, more: Partial<CommandSpec> = {}): CommandSpec => ({
  usage,
  describe: text(usage),
  load,
  ...more,
})
const program = (commands: CommandSpec[], more: Partial<ProgramSpec> = {}): ProgramSpec => ({
  name: './tool',
  version: '1',
  describe: text('a tool'),
  resume: text('run it again'),
  commands,
  ...more,
})
const valuesOf = (option: Partial<OptionSpec>) => {
  const options = { x: { type: 'string', describe: text('x'), ...option } as OptionSpec }
  return completable(program([command('run', { options })]), 'en').commands[0]?.flags[0]?.values
}

it('offers what the help shows: neither hidden commands nor hidden options', () => {
  const options = {
    shown: { type: 'boolean', describe: text('shown') },
    secret: { type: 'boolean', describe: text('secret'), hidden: true },
  } as const
  const { commands } = completable(
    program([command('run', { options }), command('internal', { hidden: true })]),
    'en',
  )
  expect(commands.map(({ name }) => name)).toEqual(['run'])
  expect(commands[0]?.flags.map(({ name }) => name)).toEqual(['shown'])
})

it('describes in the language that was asked for', () => {
  expect(completable(program([command('run')]), 'zh').commands[0]?.describe).toBe('run（中文）')
})

it.each<[Partial<OptionSpec>, object]>([
  [{ type: 'boolean' }, { kind: 'none' }],
  [{ choices: ['a', 'b'] }, { kind: 'words', words: ['a', 'b'], list: false }],
  [{ value: 'cloud,edge' }, { kind: 'words', words: ['cloud', 'edge'], list: true }],
  [{ value: 'bundled|existing' }, { kind: 'words', words: ['bundled', 'existing'], list: false }],
  [{ value: 'DIR' }, { kind: 'folders' }],
  [{ value: 'DIRECTORY' }, { kind: 'folders' }],
  [{ value: 'DIRECTORY|ARCHIVE' }, { kind: 'files' }],
  [{ value: 'FILE.tar.gz' }, { kind: 'files' }],
  [{ value: 'DURATION' }, { kind: 'any' }],
])('knows from the help’s word for a value what completes it: %j', (option, expected) => {
  expect(valuesOf(option)).toEqual(expected)
})

it('knows the words of a place, files in the others, and which one is repeated', () => {
  const positionals = { action: { describe: text('action'), choices: ['ls', 'prune'] } }
  const { commands } = completable(program([command('store <action> [files..]', { positionals })]), 'en')
  expect(commands[0]).toMatchObject({
    positionals: [{ kind: 'words', words: ['ls', 'prune'] }, { kind: 'files' }],
    repeats: true,
  })
})

it('gives launchers the options of their command, and none of one that the help does not show', () => {
  const launchers = [
    { name: './install.sh', command: 'install' },
    { name: './inside.sh', command: 'inside' },
  ]
  const found = completable(
    program([command('install'), command('inside', { hidden: true })], { launchers }),
    'en',
  )
  expect(found.launchers.map(({ name, id }) => [name, id])).toEqual([['./install.sh', '__install_sh']])
})
