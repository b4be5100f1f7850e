import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { exec } from '@edgelift/core'
import { expect, it } from 'vitest'
import { TERMS } from '../../scripts/glossary.ts'

const root = path.resolve(import.meta.dirname, '../..')

/**
 * Texts that people read: sources with their messages and comments, campaigns, whose sentences become the page on reliability,
 * pages, releases. The glossary alone is left out.
 */
const FILES = [
  'packages/*/src/**/*.ts',
  'packages/installer/launcher/*',
  'scripts/*',
  'test/campaigns/**',
  'docs/**/*.md',
  'manifests/*.yaml',
  '*.md',
]

interface Unwanted {
  readonly word: string
  readonly pattern: RegExp
}

/** The words that the glossary replaces. */
function unwantedWords(): Unwanted[] {
  return TERMS.flatMap(({ not }) => [
    ...(not?.en ?? []).map((word) => ({ word, pattern: new RegExp(`\\b${word}\\b`, 'i') })),
    ...(not?.zh ?? []).map((word) => ({ word, pattern: new RegExp(word) })),
  ])
}

const GLOSSARY = ['scripts/glossary.ts', 'docs/en/glossary.md', 'docs/zh-CN/glossary.md']

it('no text uses a word that the glossary replaces', async () => {
  const words = unwantedWords()
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
  for (const file of stdout.split('\0').filter((name) => name !== '' && !GLOSSARY.includes(name))) {
    const lines = (await readFile(path.join(root, file), 'utf8')).split('\n')
    for (const [index, line] of lines.entries())
      for (const { word, pattern } of words)
        if (pattern.test(line)) found.push(`${file}:${index + 1}: ${word}: ${line.trim()}`)
  }
  expect(found).toEqual([])
})
