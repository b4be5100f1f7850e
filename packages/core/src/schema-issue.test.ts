import { expect, it } from 'vitest'
import { schemaIssueText } from './schema-issue.ts'

const layer = { size: 1, mode: '0644', digest: 'sha256:0' }
const good = { format: 'v1', name: 'a', tags: [], layers: [layer] }
const wrong = (path: PropertyKey[], expected: string) => ({
  code: 'invalid_type',
  path,
  expected,
  message: 'Invalid input',
})
const own = (path: PropertyKey[], message: string) => ({ code: 'custom', path, message })

/** Issues as zod 4 makes them. */
it.each<[string, unknown, Parameters<typeof schemaIssueText>[0], string, string]>([
  [
    'a list in place of an object',
    [],
    wrong([], 'object'),
    'must be an object, but it is a list',
    '应为对象，实际为列表',
  ],
  [
    'nothing',
    undefined,
    wrong([], 'object'),
    'must be an object, but it is nothing',
    '应为对象，实际为空内容',
  ],
  [
    'a missing key',
    { ...good, name: undefined },
    wrong(['name'], 'string'),
    'name: is missing',
    'name：缺失',
  ],
  [
    'another type',
    { ...good, name: 7 },
    wrong(['name'], 'string'),
    'name: must be text, but it is a number',
    'name：应为文本，实际为数字',
  ],
  [
    'null',
    { ...good, tags: null },
    wrong(['tags'], 'array'),
    'tags: must be a list, but it is null',
    'tags：应为列表，实际为 null',
  ],
  [
    'an empty text',
    { ...good, name: '' },
    { code: 'too_small', path: ['name'], origin: 'string', minimum: 1, message: 'Too small' },
    'name: must not be empty',
    'name：不能为空',
  ],
  [
    'unknown keys',
    { ...good, x: 1, y: 2 },
    { code: 'unrecognized_keys', path: [], keys: ['x', 'y'], message: 'Unrecognized keys' },
    'unknown key "x", "y"',
    '未知的键 "x"、"y"',
  ],
  [
    'another constant',
    { ...good, format: 'v2' },
    { code: 'invalid_value', path: ['format'], values: ['v1'], message: 'Invalid input' },
    'format: must be "v1"',
    'format：应为 "v1"',
  ],
  [
    'none of the choices',
    { ...good, layers: [{ ...layer, mode: '0600' }] },
    {
      code: 'invalid_value',
      path: ['layers', 0, 'mode'],
      values: ['0644', '0755'],
      message: 'Invalid option',
    },
    'layers.0.mode: must be one of "0644", "0755"',
    'layers.0.mode：应为 "0644"、"0755" 之一',
  ],
  [
    'a fraction',
    { ...good, layers: [{ ...layer, size: 1.5 }] },
    wrong(['layers', 0, 'size'], 'int'),
    'layers.0.size: must be a whole number, but it is a number',
    'layers.0.size：应为整数，实际为数字',
  ],
  [
    'a negative number',
    { ...good, layers: [{ ...layer, size: -1 }] },
    { code: 'too_small', path: ['layers', 0, 'size'], origin: 'number', minimum: 0, message: 'Too small' },
    'layers.0.size: must be at least 0',
    'layers.0.size：应为不小于 0 的数',
  ],
  [
    'a number that is too large',
    { ...good, port: 70_000 },
    { code: 'too_big', path: ['port'], origin: 'number', maximum: 65_535, message: 'Too big' },
    'port: must be at most 65535',
    'port：应为不大于 65535 的数',
  ],
  [
    'what a schema says in its own words',
    { ...good, layers: [{ ...layer, digest: 'md5' }] },
    own(['layers', 0, 'digest'], 'a sha256 digest'),
    'layers.0.digest: must be a sha256 digest',
    'layers.0.digest：应为 sha256 摘要',
  ],
  [
    'the same where it is missing',
    good,
    own(['digest'], 'a sha256 digest'),
    'digest: is missing',
    'digest：缺失',
  ],
  [
    'the form of a union that fits furthest',
    { ...good, from: { url: 7 } },
    {
      code: 'invalid_union',
      path: ['from'],
      errors: [[wrong([], 'string')], [wrong(['url'], 'string')]],
      message: 'Invalid input',
    },
    'from.url: must be text, but it is a number',
    'from.url：应为文本，实际为数字',
  ],
  [
    'a union of which no form is meant',
    { ...good, change: { kind: 'x' } },
    { code: 'invalid_union', path: ['change', 'kind'], errors: [], message: 'Invalid input' },
    'change.kind: has none of the forms that are allowed',
    'change.kind：不属于任何允许的形式',
  ],
  [
    'a name that is not allowed',
    { ...good, hosts: { A1: 'x' } },
    {
      code: 'invalid_key',
      path: ['hosts', 'A1'],
      issues: [{ code: 'invalid_format', path: [], message: 'host or host:port' }],
      message: 'Invalid key in record',
    },
    'hosts.A1: this name is not allowed: must be host or host:port',
    'hosts.A1：名称无效：应为“主机”或“主机:端口”',
  ],
  [
    'a text of a form that nobody named',
    { ...good, word: 'y' },
    { code: 'invalid_format', path: ['word'], message: 'Invalid string: must match pattern /^x$/' },
    'word: must be of another form',
    'word：应为其他形式',
  ],
  ['no issue at all', good, undefined, 'it does not follow its schema', '不符合格式'],
])('says of %s where it is and what is expected, in both languages', (_, document, issue, en, zh) => {
  expect(schemaIssueText(issue, document)).toEqual({ en, zh })
})

it('says no value of the document', () => {
  const document = { format: 'secret', name: { token: 'secret' } }
  const issues = [
    wrong(['name'], 'string'),
    { ...wrong(['format'], ''), code: 'invalid_value', values: ['v1'] },
  ]
  for (const issue of issues) expect(JSON.stringify(schemaIssueText(issue, document))).not.toContain('secret')
})
