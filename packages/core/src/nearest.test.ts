import { expect, it } from 'vitest'
import { nearest } from './nearest.ts'

const COMMANDS = ['lint', 'lock', 'build', 'verify', 'inspect', 'store', 'keygen', 'diff', 'init']

it.each([
  ['biuld', 'build'],
  ['bild', 'build'],
  ['VERIFY', 'verify'],
  ['keygne', 'keygen'],
  ['inspekt', 'inspect'],
  ['lok', 'lock'],
  ['uninstall', undefined],
  ['x', undefined],
  ['completely', undefined],
])('%s may be meant for %s', (word, meant) => {
  expect(nearest(word, COMMANDS)).toBe(meant)
})

it('knows two letters that changed places from two that are wrong', () => {
  expect(nearest('jbos', ['json', 'jobs'])).toBe('jobs')
  expect(nearest('ab', ['cd', 'ba'])).toBe('ba')
})

it.each([
  ['two letters too many', 'abcdxy', ['abcz', 'abcd'], 'abcd'],
  ['two letters too few', 'abcd', ['abxy', 'xyzd', 'abcdxy'], 'abxy'],
  ['a letter too few before one that is wrong', 'abcd', ['xabcy', 'abcde'], 'abcde'],
  ['one letter that is wrong before two', 'xaxx', ['abxx', 'xyxx'], 'xyxx'],
  ['two wrong letters, not more than half', 'abcd', ['abxy', 'xyzd'], 'abxy'],
  ['three wrong letters of four', 'abcd', ['xyzd'], undefined],
])('counts slips: %s', (_what, word, candidates, meant) => {
  expect(nearest(word, candidates)).toBe(meant)
})

it('takes the first of two that are as near, and none of nothing', () => {
  expect(nearest('aa', ['ab', 'ac'])).toBe('ab')
  expect(nearest('lnit', ['init', 'lint']), 'unless another one begins as the word does').toBe('lint')
  expect(nearest('aa', [])).toBeUndefined()
  expect(nearest('', ['a', 'bc'])).toBe('a')
})

it('compares a word of megabytes with no short one', () => {
  expect(nearest('k'.repeat(20_000_000), COMMANDS)).toBeUndefined()
})
