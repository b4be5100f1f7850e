import { expect, it } from 'vitest'
import { mergeObjects, settingIn, valuesOf } from './chart-values.ts'
import type { BundleChart, JsonObject } from './manifest.ts'

const chart = (values: JsonObject): BundleChart => ({
  name: 'c',
  path: 'c.tgz',
  release: 'c',
  namespace: 'n',
  values,
  variants: [{ when: { option: 'more' }, values: { a: { level: 2 } } }],
})
const choice = (...options: string[]) => ({ options: new Set(options), facts: new Set<string>() })

it('fills in settings in both spellings, below the variants that hold', () => {
  const values = { a: { ip: { $setting: 'nodeIp' }, psk: [{ $answer: 'psk' }] } }
  expect(valuesOf(chart(values), choice('more'), { nodeIp: '192.0.2.1', psk: 'key' })).toEqual({
    a: { ip: '192.0.2.1', psk: ['key'], level: 2 },
  })
})

it('names a setting that the installation does not have', () => {
  for (const name of ['nowhere', 'constructor']) {
    const refused = () => valuesOf(chart({ a: { $setting: name } }), choice(), { psk: 'key' })
    expect(refused).toThrow(expect.objectContaining({ code: 'ANSWER_MISSING' }))
  }
})

it('takes a map with more keys for a map', () => {
  expect(settingIn({ $setting: 'psk', other: 1 })).toBeUndefined()
})

it('a key "__proto__" is a key', () => {
  const merged = mergeObjects({}, JSON.parse('{"__proto__": {"polluted": true}}') as JsonObject)
  expect(Object.keys(merged)).toEqual(['__proto__'])
  expect(Object.getPrototypeOf(merged)).toBe(Object.prototype)
})
