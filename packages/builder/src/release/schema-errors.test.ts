import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { JsonSchema } from './json-schema.ts'
import { describeIssues, formatPath } from './schema-errors.ts'

const Form = z.strictObject({
  name: z.string().min(1),
  count: z.number().optional(),
  value: z.union([z.null(), z.boolean(), z.number()]).optional(),
  on: z.boolean().optional(),
  roles: z.array(z.enum(['cloud', 'edge'])).optional(),
  parts: z.record(z.string().regex(/^[a-z]+$/, 'a lower-case name'), z.string()).optional(),
  source: z
    .union([
      z.strictObject({ url: z.string() }),
      z.strictObject({ image: z.string(), tag: z.string() }),
      z.array(z.string()),
    ])
    .optional(),
})
const schema = z.toJSONSchema(Form, { io: 'input', unrepresentable: 'any' }) as JsonSchema

function defects(value: unknown): [place: string, en: string, zh: string][] {
  const issues = Form.safeParse(value, { reportInput: true }).error?.issues ?? []
  return describeIssues(issues, schema).map(({ path, text }) => [formatPath(path), text.en, text.zh])
}

it('a form that follows its schema has no defects', () => {
  expect(defects({ name: 'a', roles: ['edge'], source: { url: 'x' } })).toEqual([])
})

describe('a place', () => {
  it.each([
    [[], ''],
    [['files'], 'files'],
    [['files', 'k3s', 'url'], 'files.k3s.url'],
    [['charts', 'cloudcore', 'variants', 0, 'when'], 'charts.cloudcore.variants[0].when'],
    [[0, 'a'], '[0].a'],
  ])('%j is written as %s', (path, text) => {
    expect(formatPath(path)).toBe(text)
  })
})

describe('what is wrong is said in words, at its place', () => {
  it.each<[string, object, [string, string, string]]>([
    ['a missing key', {}, ['name', 'is missing (text)', '缺失']],
    [
      'a number in the place of text',
      { name: 1.2 },
      [
        'name',
        'must be text: put the value into quotes (YAML reads it as 1.2)',
        '必须是文本：请给该值加引号（YAML 将其读作 1.2）',
      ],
    ],
    [
      'a boolean in the place of text',
      { name: true },
      [
        'name',
        'must be text: put the value into quotes (YAML reads it as true)',
        '必须是文本：请给该值加引号（YAML 将其读作 true）',
      ],
    ],
    [
      'a key without a value',
      { name: null },
      [
        'name',
        'must be text, but it is empty: write a value, or remove the key',
        '必须是文本，但值为空：请填写，或删除该键',
      ],
    ],
    [
      '.nan',
      { name: 'a', count: Number.NaN },
      [
        'count',
        'must be a finite number, but YAML reads it as NaN',
        '必须是有限的数字，但 YAML 将其读作 NaN',
      ],
    ],
    [
      '.inf where any value of JSON may stand',
      { name: 'a', value: Number.POSITIVE_INFINITY },
      [
        'value',
        'must be a finite number, but YAML reads it as Infinity',
        '必须是有限的数字，但 YAML 将其读作 Infinity',
      ],
    ],
    ['a list', { name: ['a'] }, ['name', 'must be text, but it is a list', '必须是文本，但实际为列表']],
    ['a map', { name: { a: 1 } }, ['name', 'must be text, but it is a map', '必须是文本，但实际为映射']],
    ['no text', { name: '' }, ['name', 'must not be empty', '不能为空']],
    [
      'text in the place of a number',
      { name: 'a', count: 'three' },
      ['count', 'must be a number, but it is "three"', '必须是数字，但实际为 "three"'],
    ],
    [
      'a word in the place of a switch',
      { name: 'a', on: 'yes' },
      ['on', 'must be true or false, but it is "yes"', '必须是 true 或 false，但实际为 "yes"'],
    ],
    [
      'a value that is none of the allowed ones',
      { name: 'a', roles: ['cloud', 'clod'] },
      [
        'roles[1]',
        'must be "cloud" or "edge", but it is "clod"',
        '必须是 "cloud"、"edge" 之一，但实际为 "clod"',
      ],
    ],
    [
      'one word in the place of a list',
      { name: 'a', roles: 'edge' },
      ['roles', 'must be a list, but it is "edge"', '必须是列表，但实际为 "edge"'],
    ],
  ])('%s', (_what, value, expected) => {
    expect(defects(value)).toEqual([expected])
  })

  it('a name that is not allowed', () => {
    const [[place, en, zh] = ['', '', '']] = defects({ name: 'a', parts: { 'A b': 'x' } })
    expect(place).toBe('parts.A b')
    expect(en).toMatch(/^this name is not allowed: .*lower-case name/)
    expect(zh).toMatch(/^名称无效：应为/)
  })
})

describe('a key that does not exist', () => {
  it('is told with the one that is most likely meant', () => {
    expect(defects({ name: 'a', rolse: [] })).toEqual([
      ['rolse', 'there is no such key; did you mean "roles"?', '没有该键；是否指 "roles"？'],
    ])
  })

  it('is told with all that there are, where none is near', () => {
    expect(defects({ name: 'a', zzzzzz: 1 })).toEqual([
      [
        'zzzzzz',
        'there is no such key; known are count, name, on, parts, roles, source, value',
        '没有该键；可用的键：count、name、on、parts、roles、source、value',
      ],
    ])
  })

  it('is told for each of several', () => {
    expect(defects({ name: 'a', cuont: 1, nmae: 'b' }).map(([place]) => place)).toEqual(['cuont', 'nmae'])
  })
})

describe('of several forms', () => {
  it('the one counts that lacks least', () => {
    expect(defects({ name: 'a', source: { image: 'x' } })).toEqual([
      ['source.tag', 'is missing (text)', '缺失'],
    ])
  })

  it('a list counts as a list, not as a map that lacks its keys', () => {
    expect(defects({ name: 'a', source: [1] })).toEqual([
      [
        'source[0]',
        'must be text: put the value into quotes (YAML reads it as 1)',
        '必须是文本：请给该值加引号（YAML 将其读作 1）',
      ],
    ])
  })

  it('an unknown key is told of the form that is meant', () => {
    expect(defects({ name: 'a', source: { url: 'x', ulr: 'y' } })[0]?.[0]).toBe('source.ulr')
  })
})

it('guesses no words where hundreds of keys are unknown: it is another kind of file', () => {
  const wrong = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`names${at}`, 1]))
  expect(defects({ name: 'a', nmae: 1 })[0]?.[1]).toContain('did you mean "name"?')
  expect(defects({ name: 'a', ...wrong }).map(([, en]) => en)).toEqual(
    Array.from({ length: 101 }, () => expect.stringMatching(/^there is no such key; known are count, /)),
  )
})
