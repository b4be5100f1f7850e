import { describe, expect, it } from 'vitest'
import { type Delta, parseDelta } from './schema.ts'

const HEX = 'a'.repeat(64)
const DELTA: Delta = {
  format: 'edgelift/delta/v1',
  name: 'kubeedge-cloud-1.22.0-k3s-1.34.2+k3s1-amd64',
  base: { name: 'kubeedge', version: '1.21.0' },
  files: [
    { path: 'a', pack: 'stored', source: 'base' },
    { path: 'b/c', pack: 'alone', source: [{ blob: HEX, size: 1 }, { bytes: 'AAAA' }, { bytes: '' }] },
  ],
}
const parse = (json: unknown): Delta => parseDelta(Buffer.from(JSON.stringify(json)), '/in/delta.json')
const withFile = (change: object): object => ({ ...DELTA, files: [{ ...DELTA.files[0], ...change }] })

it('reads a recipe, with the name that an archive of the cloud has', () => {
  expect(parse(DELTA)).toEqual(DELTA)
})

describe('parseDelta', () => {
  it.each<[string, unknown, RegExp]>([
    ['another format', { ...DELTA, format: 'edgelift/delta/v2' }, /format/],
    ['a name that leaves the folder', { ...DELTA, name: '../x' }, /name/],
    ['a name in a folder', { ...DELTA, name: 'a/b' }, /name/],
    ['a name that is the folder above', { ...DELTA, name: '..' }, /name/],
    ['a name that programs take for an option', { ...DELTA, name: '-x' }, /name/],
    ['no name', { ...DELTA, name: '' }, /name/],
    ['no base', { ...DELTA, base: undefined }, /base/],
    ['a key of a newer edgelift', { ...DELTA, compression: 'zstd' }, /compression/],
    ['a path that leaves the directory', withFile({ path: 'a/../../b' }), /files\.0\.path/],
    ['a path from the root', withFile({ path: '/etc/passwd' }), /files\.0\.path/],
    ['a way of packing that is none', withFile({ pack: 'zstd' }), /files\.0\.pack/],
    ['a source that is none', withFile({ source: 'elsewhere' }), /files\.0\.source/],
    ['a blob without a size', withFile({ source: [{ blob: HEX }] }), /files\.0\.source/],
    ['a blob whose size is below zero', withFile({ source: [{ blob: HEX, size: -1 }] }), /files\.0\.source/],
    ['a blob that names a path', withFile({ source: [{ blob: '../x', size: 1 }] }), /files\.0\.source/],
    ['bytes that are no Base64', withFile({ source: [{ bytes: '!' }] }), /files\.0\.source/],
    ['a list', [], /./],
  ])('refuses %s, naming the field', (_what, json, words) => {
    expect(() => parse(json)).toThrow(
      expect.objectContaining({
        code: 'DELTA_INVALID',
        exit: 4,
        what: { en: 'cannot read /in/delta.json', zh: '无法读取 /in/delta.json' },
        because: { en: expect.stringMatching(words), zh: expect.any(String) },
      }),
    )
  })

  it('refuses what is no JSON, with the reason in both languages', () => {
    expect(() => parseDelta(Buffer.from('{"format":'), 'delta.json')).toThrow(
      expect.objectContaining({
        code: 'DELTA_INVALID',
        because: {
          en: expect.stringMatching(/^it is not JSON: /),
          zh: expect.stringMatching(/^不是 JSON：/),
        },
      }),
    )
  })
})

it('tells a recipe of a newer edgelift as that: to copy it again does not help', () => {
  const recipe = Buffer.from('{"format":"edgelift/delta/v2","parts":[]}')
  expect(() => parseDelta(recipe, 'delta.json')).toThrow(
    expect.objectContaining({
      code: 'DELTA_INVALID',
      because: {
        en: 'its format is edgelift/delta/v2, this edgelift reads edgelift/delta/v1',
        zh: expect.stringContaining('edgelift/delta/v2'),
      },
      fix: { en: expect.stringContaining('newer'), zh: expect.stringContaining('更新版本') },
    }),
  )
})
