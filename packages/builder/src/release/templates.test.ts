// biome-ignore-all lint/suspicious/noTemplateCurlyInString: releases have templates of their own
import { describe, expect, it } from 'vitest'
import { expandText, expandValue, textsIn, variablesIn } from './templates.ts'

const VARIABLES = new Map([
  ['k3s', '1.34.2+k3s1'],
  ['arch', 'amd64'],
  ['tricky', '$& ${arch} $1'],
])

describe('expandText', () => {
  it.each([
    ['v${k3s}-${arch}', 'v1.34.2+k3s1-amd64'],
    ['${arch}${arch}', 'amd64amd64'],
    ['$${arch}', '${arch}'],
    ['$$${arch}', '$${arch}'],
    ['${gone} and ${arch}', '${gone} and amd64'],
    ['${}', '${}'],
    ['$arch {arch} ${arch', '$arch {arch} ${arch'],
    ['${tricky}', '$& ${arch} $1'],
    ['', ''],
  ])('%s becomes %s', (text, expected) => {
    expect(expandText(text, VARIABLES)).toBe(expected)
  })

  it('reads a text of half templates in no time', () => {
    const text = '${'.repeat(200_000)
    const started = performance.now()
    expect(expandText(text, VARIABLES)).toBe(text)
    expect(variablesIn(text)).toEqual([])
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('encodes a value in a URL, and nothing else of it', () => {
    expect(expandText('https://f.example/a+b/v${k3s}?x=$${arch}', VARIABLES, 'url')).toBe(
      'https://f.example/a+b/v1.34.2%2Bk3s1?x=${arch}',
    )
  })
})

it.each([
  ['v${k3s}-${arch}', ['k3s', 'arch']],
  ['$${k3s}', []],
  ['${a}$${b}${}', ['a', '']],
  ['nothing', []],
])('the variables of %s are %j', (text, names) => {
  expect(variablesIn(text)).toEqual(names)
})

it('finds every text of a value with its path, keys included', () => {
  expect([...textsIn({ a: ['x', 1, { b: 'y' }], c: null })]).toEqual([
    { path: [], text: 'a' },
    { path: ['a', 0], text: 'x' },
    { path: ['a', 2], text: 'b' },
    { path: ['a', 2, 'b'], text: 'y' },
    { path: [], text: 'c' },
  ])
})

it('expands every text of a value but for keys, and leaves the rest as it is', () => {
  const value = { '${arch}': ['${arch}', 1, null, true, { a: '${k3s}' }] }
  expect(expandValue(value, VARIABLES)).toEqual({ '${arch}': ['amd64', 1, null, true, { a: '1.34.2+k3s1' }] })
  expect(value['${arch}'][0]).toBe('${arch}')
})
