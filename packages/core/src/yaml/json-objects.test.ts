import { expect, it } from 'vitest'
import { jsonObjects } from './json-objects.ts'

it.each<[string, unknown[]]>([
  ['{"a":1}', [{ a: 1 }]],
  ['{"a":1}{"b":2}', [{ a: 1 }, { b: 2 }]],
  ['\ufeff \n{"a":{"b":[{}]}}\n\t{}\n', [{ a: { b: [{}] } }, {}]],
  ['{"a":"}{"}{"b":"\\"}{"}', [{ a: '}{' }, { b: '"}{' }]],
])('%j holds objects', (text, expected) => {
  expect(jsonObjects(text)).toEqual(expected)
})

it.each([
  ['nothing', ''],
  ['blanks', ' \n'],
  ['a list', '[{}]'],
  ['a text between two', '{},{}'],
  ['a text before', 'a{}'],
  ['an object that does not end', '{"a":1'],
  ['one brace too many', '{}}'],
  ['what is no JSON', '{a: 1}'],
  ['a key of the prototype', '{"__proto__":{}}'],
  ['what is nested without end', `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
])('is none: %s', (_what, text) => {
  expect(jsonObjects(text)).toBeUndefined()
})
