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

it('takes the first of two that are as near, and none of nothing', () => {
  expect(nearest('aa', ['ab', 'ac'])).toBe('ab')
  expect(nearest('aa', [])).toBeUndefined()
  expect(nearest('', ['a', 'bc'])).toBe('a')
})
