import { describe, expect, test } from 'vitest'
import {
  readKubernetesYaml,
  readReleaseYaml,
  readSettingsYaml,
  YamlError,
  yamlErrorWords,
} from './read-yaml.ts'

/** Texts that libyaml, and so Helm and Kubernetes, take, and what they mean (each compared with libyaml's own reading). */
const TAKEN: readonly (readonly [name: string, text: string, value: unknown])[] = [
  ['a closing bracket in the column of its key', 'a:\n  command: [\n    x\n  ]\n', { a: { command: ['x'] } }],
  [
    'items in the column of the key',
    'a:\n  - c: [\n  x,\n  z\n  ]\n    b: q\n',
    { a: [{ c: ['x', 'z'], b: 'q' }] },
  ],
  ['items left of every key', 'a:\n  c: [\nx\n]\n  b: q\n', { a: { c: ['x'], b: 'q' } }],
  ['a map in the column of its key', 'a:\n  m: {\n  x: q\n  }\n', { a: { m: { x: 'q' } } }],
  ['a double-quoted text that goes on at the margin', 'a:\n  s: "foo\nbar"\n', { a: { s: 'foo bar' } }],
  ['a single-quoted text that goes on at the margin', "a:\n  s: 'it''s\n\nbar'\n", { a: { s: "it's\nbar" } }],
  ['a plain text in brackets that goes on at the margin', 'a:\n  c: [foo\nbar]\n', { a: { c: ['foo bar'] } }],
  ['tabs inside brackets', 'a:\n  c: [\n\tx,\n\tz ]\n', { a: { c: ['x', 'z'] } }],
  ['brackets and quotes in comments', 'a: # [ "\n  c: [\n# ] "\nx\n]\n', { a: { c: ['x'] } }],
  [
    'brackets in block scalars',
    'a:\n  t: |\n    [ "\n  c: {\nx: q\n}\n',
    { a: { t: '[ "\n', c: { x: 'q' } } },
  ],
  [
    'brackets in plain scalars',
    'a:\n  t: q[0] {"\n   [ more\n  c: {\nx: q\n}\n',
    { a: { t: 'q[0] {" [ more', c: { x: 'q' } } },
  ],
  ['a dash before the bracket', 'k:\n - - {\nx: [\n]\n}\n', { k: [[{ x: [] }]] }],
  ['Windows line ends', 'a:\r\n  c: [\r\n  x\r\n  ]\r\n', { a: { c: ['x'] } }],
  ['an anchor before the bracket', 'a:\n  c: &x [\n  q\n  ]\n  d: *x\n', { a: { c: ['q'], d: ['q'] } }],
  ['equal keys: the last one counts', 'a: x\na: q\n', { a: 'q' }],
  ['an unknown tag', 'a: !mine q\nb: !mine {c: !other [d]}\n', { a: 'q', b: { c: ['d'] } }],
]

describe('what libyaml takes', () => {
  test.each(TAKEN)('%s', (_, text, value) => {
    expect(readKubernetesYaml(text)).toEqual([value])
  })

  test('several documents, each with its own brackets', () => {
    expect(readKubernetesYaml('a:\n  b: [\nx\n]\n---\nc:\n  d: {\n}\n')).toEqual([
      { a: { b: ['x'] } },
      { c: { d: {} } },
    ])
  })

  test('the same text is read in releases and in settings', () => {
    const text = 'a:\n  command: [\n    x\n  ]\n'
    expect(readReleaseYaml(text)).toEqual([{ a: { command: ['x'] } }])
    expect(readSettingsYaml(text)).toEqual([{ a: { command: ['x'] } }])
  })
})

test('any value, printed with line breaks and indentation at random, is read back', () => {
  for (let seed = 1; seed <= 300; seed++) {
    const random = randomFrom(seed)
    const value = { spec: { list: anyValue(random, 3), next: 'end' } }
    const text = `spec:\n  list: ${flow(value.spec.list, random)}\n  next: end\n`
    expect(readKubernetesYaml(text), text).toEqual([value])
  }
})

test('scalars are those of Kubernetes', () => {
  const text =
    'a: 0644\nb: on\nc: 0o644\nd: 1_000\ne: 1:30\nf: 2001-01-01\ng: 08\nh: 1e3\ni: n\nj: ~\nk: 1.2.3\n'
  expect(readKubernetesYaml(text)).toEqual([
    {
      a: 420,
      b: true,
      c: 420,
      d: 1000,
      e: '1:30',
      f: '2001-01-01',
      g: 8,
      h: 1000,
      i: false,
      j: null,
      k: '1.2.3',
    },
  ])
  expect(readKubernetesYaml('a: &x {b: 1}\nc: {<<: *x, d: 2}\n')).toEqual([
    { a: { b: 1 }, c: { b: 1, d: 2 } },
  ])
})

test('a settings file means its words: "no" is text, and an octal number is decimal', () => {
  expect(readSettingsYaml('zone: no\n')).toEqual([{ zone: 'no' }])
})

test.each(['a: "x\\ud800y"', 'a: ["\\udc00\\ud83d"]', '"\\udfff": 1', '- {a: {b: "\\ud83d \\ude00"}}'])(
  'half of a character in a release or settings is refused: %s',
  (text) => {
    for (const read of [readReleaseYaml, readSettingsYaml])
      expect(() => read(text)).toThrow('half of a character cannot be written')
  },
)

test('a character that two escapes write is one', () => {
  expect(readReleaseYaml('a: "\\ud83d\\ude00 😀"')).toEqual([{ a: '😀 😀' }])
})

test('a key "__proto__" of a Kubernetes object is a key', () => {
  const [value] = readKubernetesYaml('__proto__: {polluted: true}\n')
  expect(Object.keys(value as object)).toEqual(['__proto__'])
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
})

test('a text that unfolds into something huge is refused', () => {
  const levels = [
    'a: &a [x]',
    ...'bcdefgh'.split('').map((name, index) => {
      const below = 'abcdefg'[index]
      return `${name}: &${name} [${Array(200).fill(`*${below}`).join(', ')}]`
    }),
  ]
  expect(() => readKubernetesYaml(levels.join('\n'))).toThrow(YamlError)
})

test.each([
  ['few aliases of few aliases', 20, 'abcdefgh'],
  ['pairs of pairs', 2, 'abcdefghijklmnopqrstuvwxyz'],
])('a text whose aliases unfold into something huge is refused at once: %s', (_name, count, names) => {
  const levels = [...names].map((name, index) =>
    index === 0
      ? `${name}: &${name} [x]`
      : `${name}: &${name} [${Array(count)
          .fill(`*${names[index - 1]}`)
          .join(', ')}]`,
  )
  for (const read of [readKubernetesYaml, readReleaseYaml, readSettingsYaml])
    expect(() => read(levels.join('\n'))).toThrow(YamlError)
})

test.each(['a: &a [*a]\n', 'a: &a {b: {c: *a}}\n'])('a value that contains itself is refused: %s', (text) => {
  for (const read of [readKubernetesYaml, readReleaseYaml, readSettingsYaml])
    expect(() => read(text)).toThrow(YamlError)
})

test('an alias that stands many times is taken', () => {
  const text = `a: &a {x: 1}\nlist: [${Array(90).fill('*a').join(', ')}]\n`
  expect(readReleaseYaml(text)).toMatchObject([{ list: Array(90).fill({ x: 1 }) }])
})

test('JSON objects one after the other are documents, as kubectl takes them', () => {
  const text = '{"a": "}{\\""}{"b": {"c": []}}\n\n\t{"d": 1}\n'
  expect(readKubernetesYaml(text)).toEqual([{ a: '}{"' }, { b: { c: [] } }, { d: 1 }])
  expect(readKubernetesYaml('{"a": 1}\n---\n{"b": 2}\n')).toEqual([{ a: 1 }, { b: 2 }])
  for (const bad of ['{"a": 1} x {"b": 2}', '{"a": 1}{"b": ', '{"a": 1}{b}'])
    expect(() => readKubernetesYaml(bad)).toThrow(YamlError)
})

test('what nobody takes is refused with its line', () => {
  expect(caught(() => readKubernetesYaml('a:\n  b: [x\n'))).toBeInstanceOf(YamlError)
  expect(caught(() => readReleaseYaml('a: 1\nb: 2\na: 3\n'))).toMatchObject({ line: 3, duplicateKey: true })
})

function caught(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return error
  }
}

/** Numbers of [0, 1), the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function anyValue(random: () => number, depth: number): unknown {
  const pick = random()
  if (depth === 0 || pick < 0.3)
    return ['word', 'a [b', '{ x', '# no', "it's", 'a: b'][Math.floor(random() * 6)]
  const items = Array.from({ length: Math.floor(random() * 3) }, () => anyValue(random, depth - 1))
  return pick < 0.65 ? items : Object.fromEntries(items.map((item, index) => [`key${index}`, item]))
}

function flow(value: unknown, random: () => number): string {
  const gap = (): string => (random() < 0.5 ? ' ' : `\n${' '.repeat(Math.floor(random() * 5))}`)
  if (typeof value === 'string') return JSON.stringify(value).replaceAll(' ', () => gap())
  if (Array.isArray(value))
    return `[${gap()}${value.map((item) => flow(item, random)).join(`${gap()},${gap()}`)}${gap()}]`
  const pairs = Object.entries(value as object).map(([key, item]) => `${key}:${gap()}${flow(item, random)}`)
  return `{${gap()}${pairs.join(`${gap()},${gap()}`)}${gap()}}`
}

test.each([
  ['at the top', 'a: 1\n__proto__: {x: 1}\n', 2],
  ['deep inside, in a list', 'a:\n  - b:\n      "__proto__": 1\n', 3],
  ['written with escapes', '"\\u005f_proto__": 1\n', undefined],
  ['behind a null', 'a: null\nb: {__proto__: {}}\n', 2],
])('a key "__proto__" in a release or settings is refused: %s', (_name, text, line) => {
  for (const read of [readReleaseYaml, readSettingsYaml]) {
    try {
      read(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(YamlError)
      expect(error).toMatchObject({ line, message: expect.stringContaining('"__proto__" is not allowed') })
    }
  }
})

test.each([
  [
    'a: 1\nb: 2\na: 3\n',
    'line 3, column 1: the same key appears twice in one map',
    '第 3 行第 1 列：同一映射中有重复的键',
  ],
  ['a: 1\n  b: secret\n', /^line 2, column \d+: [^\n]*$/, /^第 2 行第 \d+ 列：不是有效的 YAML（[^\n]*）$/],
])('says where %j is wrong, without the line itself', (text, en, zh) => {
  const words = yamlErrorWords(caught(() => readSettingsYaml(text)) as YamlError)
  expect(words).toEqual({ en: expect.stringMatching(en), zh: expect.stringMatching(zh) })
  expect(words.en).not.toContain('secret')
})
