import { expect, it } from 'vitest'
import { shellWord } from './shell-word.ts'

it.each([
  ['r.yaml', 'r.yaml'],
  ['a b', "'a b'"],
  ['$HOME', "'$HOME'"],
  ["it's", "'it'\\''s'"],
  ['', "''"],
  ['v1.34.2+k3s1,a=b:c@d%', 'v1.34.2+k3s1,a=b:c@d%'],
])('%s is the word %s of a shell', (text, word) => {
  expect(shellWord(text)).toBe(word)
})
