import { expect, it } from 'vitest'
import { JSON_DEPTH, parseJson } from './json.ts'

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

it('parses what JSON.parse does, brackets in strings included', () => {
  for (const text of ['{"a":[1,null,"[[\\"{"]}', '"\\\\"', ' 1 ', '[{},{}]'])
    expect(parseJson(text)).toEqual(JSON.parse(text))
})

it('refuses what is nested without end, in a moment', () => {
  expect(parseJson(nested(JSON_DEPTH))).toBeDefined()
  for (const depth of [JSON_DEPTH + 1, 20_000, 2_000_000])
    expect(() => parseJson(nested(depth))).toThrow(/nested deeper/)
  expect(() => parseJson('['.repeat(200_000))).toThrow(SyntaxError)
})

it.each(['{"__proto__":{"x":1}}', '{"a":{"__proto__":1}}', '{"\\u005f_proto__":[]}'])(
  'refuses %s',
  (text) => {
    expect(() => parseJson(text)).toThrow(/__proto__/)
  },
)

it('throws nothing but a SyntaxError', () => {
  for (const text of ['', '{', '"', '{"a":}', 'nul']) expect(() => parseJson(text)).toThrow(SyntaxError)
})
