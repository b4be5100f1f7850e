import { describe, expect, it } from 'vitest'
import { commandOf, nameOf, withoutEnd, wordsOf } from './command-words.ts'
import type { CommandSpec, ProgramSpec } from './specs.ts'

const text = { en: 'x', zh: 'x' }
const command = (usage: string, options: CommandSpec['options'] = {}): CommandSpec => ({
  usage,
  describe: text,
  options,
  load: () => Promise.reject(new Error('no command is run')),
})
const spec: ProgramSpec = {
  name: 'tool',
  version: '1',
  describe: text,
  resume: text,
  globals: { store: { type: 'string', describe: text } },
  commands: [
    command('build <release>', {
      platform: { type: 'array', describe: text },
      since: { type: 'string', describe: text, bare: true },
      offline: { type: 'boolean', describe: text },
    }),
    command('lint <release>'),
  ],
}
const typed = (line: string): string[] => line.split(' ').filter((word) => word !== '')

describe('the words of a command line', () => {
  it.each([
    ['build r.yaml', 'build r.yaml'],
    ['--store s build r.yaml', 'build r.yaml'],
    ['--store=s build r.yaml', 'build r.yaml'],
    ['build --platform linux/amd64 r.yaml', 'build r.yaml'],
    ['build --offline r.yaml', 'build r.yaml'],
    ['build --since r.yaml', 'build r.yaml'],
    ['--json --lang zh build', 'build'],
    ['--unknown build', 'build'],
    ['--store build', ''],
    ['', ''],
  ])('%s', (line, words) => {
    expect(wordsOf(spec, typed(line))).toEqual(typed(words))
  })

  it.each([
    ['--store lint build r.yaml', 'build'],
    ['lint build', 'lint'],
    ['r.yaml build', undefined],
    ['', undefined],
  ])('name the command: %s', (line, name) => {
    const found = commandOf(spec, typed(line))
    expect(found === undefined ? undefined : nameOf(found)).toBe(name)
  })
})

describe('a command line with what is no option', () => {
  it.each([
    ['build r.yaml', 'build r.yaml'],
    ['build -- r.yaml', 'build r.yaml'],
    ['-- build r.yaml', 'build r.yaml'],
    ['build --platform linux/amd64 -- r.yaml', 'build r.yaml --platform linux/amd64'],
    ['--store s build --offline -- -r.yaml', '--store s build ./-r.yaml --offline'],
    ['build -- --json', 'build ./--json'],
    ['build -- a -- b', 'build a ./-- b'],
    ['build --', 'build'],
    ['--', ''],
  ])('%s', (line, expected) => {
    expect(withoutEnd(spec, typed(line))).toEqual(typed(expected))
  })
})
