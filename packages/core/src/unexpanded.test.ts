import { expect, it } from 'vitest'
import { isUnexpanded } from './unexpanded.ts'

it.each([
  ['~', true],
  ['~/x', true],
  ['~user/x', false],
  ['x~', false],
  ['./~/x', false],
  ['', false],
])('whether a shell would have replaced the beginning of "%s": %s', (path, expected) => {
  expect(isUnexpanded(path)).toBe(expected)
})
