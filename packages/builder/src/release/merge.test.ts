import { describe, expect, it } from 'vitest'
import { mergeReleases } from './merge.ts'

describe('a release that extends another one', () => {
  it.each<[string, unknown, unknown, unknown]>([
    ['replaces a value', { a: 1, b: 2 }, { a: 3 }, { a: 3, b: 2 }],
    [
      'adds to maps of maps',
      { f: { a: { x: 1 } } },
      { f: { a: { y: 2 }, b: {} } },
      { f: { a: { x: 1, y: 2 }, b: {} } },
    ],
    ['removes what is null', { f: { a: 1, b: 2 } }, { f: { a: null } }, { f: { b: 2 } }],
    ['removes what is not there without a word', { f: {} }, { f: { a: null } }, { f: {} }],
    ['replaces lists', { roles: ['cloud', 'edge'] }, { roles: ['edge'] }, { roles: ['edge'] }],
    [
      'replaces a checksum as a whole',
      { checksum: { url: 'u', name: 'n' } },
      { checksum: { sha256: 's' } },
      { checksum: { sha256: 's' } },
    ],
    [
      'replaces a condition as a whole',
      { when: { option: 'a' } },
      { when: { fact: 'b' } },
      { when: { fact: 'b' } },
    ],
    [
      'puts a map in the place of a value',
      { url: 'u' },
      { url: { 'linux/amd64': 'v' } },
      { url: { 'linux/amd64': 'v' } },
    ],
    ['puts a value in the place of a map', { url: { 'linux/amd64': 'v' } }, { url: 'u' }, { url: 'u' }],
    [
      'keeps a null where no map is below it',
      { values: 1 },
      { values: { a: null } },
      { values: { a: null } },
    ],
    [
      'takes a key "__proto__" for a key',
      {},
      JSON.parse('{"__proto__":{"a":1}}'),
      JSON.parse('{"__proto__":{"a":1}}'),
    ],
  ])('%s', (_what, below, above, expected) => {
    expect(mergeReleases(below, above)).toEqual(expected)
  })

  it('changes neither of the two', () => {
    const [below, above] = [{ f: { a: 1 } }, { f: { b: 2 } }]
    mergeReleases(below, above)
    expect([below, above]).toEqual([{ f: { a: 1 } }, { f: { b: 2 } }])
  })
})
