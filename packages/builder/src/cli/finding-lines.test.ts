import { paintFor } from '@edgelift/core/cli'
import { expect, it } from 'vitest'
import { warning } from '../findings.ts'
import { findingLines } from './finding-lines.ts'

it.each([
  ['en', 'warning[SOURCE] files.a.url: why'],
  ['zh', 'warning[SOURCE] files.a.url：原因'],
] as const)('a warning in %s has the punctuation of its language', (lang, line) => {
  const found = warning('SOURCE', 'files.a.url', { en: 'why', zh: '原因' })
  expect(findingLines([found], lang, paintFor({ write: () => {} }, {}))).toEqual([line])
})
