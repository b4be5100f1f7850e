import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')

/** Texts that people read: sources with their messages and comments, pages, releases. The glossary alone is left out. */
const FILES = [
  'packages/*/src/**/*.ts',
  'packages/installer/launcher/*',
  'scripts/*',
  'docs/**/*.md',
  'manifests/*.yaml',
  '*.md',
]

interface Unwanted {
  readonly word: string
  readonly pattern: RegExp
}

/** The words of the glossary's columns "not" and "不写". */
async function unwantedWords(): Promise<Unwanted[]> {
  const text = await readFile(path.join(root, 'docs/glossary.md'), 'utf8')
  const rows = [...text.matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  )
  const [, , ...terms] = rows
  return terms.flatMap(([, , , english = '', chinese = '']) => [
    ...split(english, /,\s*/).map((word) => ({ word, pattern: new RegExp(`\\b${word}\\b`, 'i') })),
    ...split(chinese, /、/).map((word) => ({ word, pattern: new RegExp(word) })),
  ])
}

function split(cell: string, at: RegExp): string[] {
  return cell === '' ? [] : cell.split(at)
}

it('no text uses a word that the glossary replaces', async () => {
  const words = await unwantedWords()
  expect(words.map(({ word }) => word)).toEqual(expect.arrayContaining(['anew', '归档', '答案']))
  const { stdout } = await exec('git', [
    '-C',
    root,
    'ls-files',
    '-z',
    '--',
    ...FILES.map((glob) => `:(glob)${glob}`),
  ])
  const found: string[] = []
  for (const file of stdout.split('\0').filter((name) => name !== '' && name !== 'docs/glossary.md')) {
    const lines = (await readFile(path.join(root, file), 'utf8')).split('\n')
    for (const [index, line] of lines.entries())
      for (const { word, pattern } of words)
        if (pattern.test(line)) found.push(`${file}:${index + 1}: ${word}: ${line.trim()}`)
  }
  expect(found).toEqual([])
})
