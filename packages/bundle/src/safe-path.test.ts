import { expect, it } from 'vitest'
import { isSafePath } from './safe-path.ts'

it.each([
  'a',
  'a/b',
  '..a/b..',
  '.hidden',
  'a b',
  '中文/名称',
  'k3s-images+k3s1.tar',
  'a'.repeat(255),
  '名'.repeat(85),
  `${'a/'.repeat(511)}bc`,
])('may stand in an archive: %s', (path) => {
  expect(isSafePath(path)).toBe(true)
})

it.each([
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  './a',
  'a/.',
  '..',
  '../a',
  'a/../b',
  'a/..',
  'a\\b',
  'a\nb',
  'a\u0000b',
  '\u001b[2Ja',
  'a\u007f',
  'a'.repeat(256),
  'é'.repeat(128),
  `${'a/'.repeat(512)}b`,
  ' a',
  '\u3000a/b',
  'a\u2028b',
])('may not stand in an archive: %j', (path) => {
  expect(isSafePath(path)).toBe(false)
})
