import { expect, it } from 'vitest'
import { parseYaml } from './yaml.ts'

it('reads one document, and tells where its parts stand', () => {
  const { value, lineOf } = parseYaml('a: 1\nb:\n  - c\n', 'x.yaml')
  expect(value).toEqual({ a: 1, b: ['c'] })
  expect([lineOf(['b', 0]), lineOf(['b', 5])]).toEqual([3, 2])
})

it('reads an empty file as nothing', () => {
  expect(parseYaml('', 'x.yaml').value).toBeUndefined()
})

it.each<[string, string, object]>([
  [
    'two documents',
    'a: 1\n---\nb: 2\n',
    {
      what: {
        en: 'x.yaml: expected one YAML document, found 2',
        zh: 'x.yaml：应只有一个 YAML 文档，实际有 2 个',
      },
      fix: { en: 'remove the "---" lines between them' },
    },
  ],
  [
    'a key that stands twice',
    'a: 1\na: 2\n',
    {
      what: { en: 'x.yaml:2:1: not valid YAML', zh: 'x.yaml:2:1：不是有效的 YAML' },
      because: { en: 'the same key appears twice in one map', zh: '同一映射中有重复的键' },
      fix: { en: 'remove or rename one of them' },
    },
  ],
  [
    'what is no YAML',
    'a: [1\nb: {\n',
    {
      what: { en: expect.stringMatching(/^x\.yaml:\d+:\d+: not valid YAML$/) },
      fix: { en: expect.stringMatching(/^fix that line/), zh: expect.stringMatching(/^请修正该行/) },
    },
  ],
])('refuses %s, with its place', (_what, text, expected) => {
  expect(() => parseYaml(text, 'x.yaml')).toThrow(
    expect.objectContaining({ code: 'RELEASE_UNREADABLE', exit: 1 }),
  )
  try {
    parseYaml(text, 'x.yaml')
  } catch (error) {
    expect(error).toMatchObject(expected)
  }
})
