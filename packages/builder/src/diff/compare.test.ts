import { describe, expect, it } from 'vitest'
import { compare } from './compare.ts'
import { differenceText, sectionsOf } from './format.ts'
import type { Subject } from './subject.ts'

const NONE: Subject = {
  kind: 'archive',
  name: 'a',
  versions: new Map(),
  images: new Map(),
  charts: new Map(),
  crds: new Map(),
  files: new Map(),
  settings: new Map(),
  source: new Map(),
  size: 0,
} as Subject
const content = (...entries: [string, string, number][]) =>
  new Map(entries.map(([name, digest, size]) => [name, { digest, size }]))
const plain = { bold: String, dim: String, red: String, green: String, yellow: String, cyan: String }

describe('compare', () => {
  it('has nothing to say of two that are the same', () => {
    const one = { ...NONE, images: content(['r/a:1', 'sha256:0', 1]), size: 5 }
    expect(compare(one, one)).toMatchObject({ isEmpty: true, size: { from: 5, to: 5 } })
  })

  it('tells what came, went and changed, sorted by name', () => {
    const [a, b] = [
      {
        ...NONE,
        versions: new Map([
          ['k3s', '1'],
          ['helm', '3'],
          ['old', '1'],
        ]),
      },
      {
        ...NONE,
        versions: new Map([
          ['helm', '3'],
          ['new', '1'],
          ['k3s', '2'],
        ]),
      },
    ]
    expect(compare(a, b).components).toEqual([
      { name: 'k3s', from: '1', to: '2' },
      { name: 'new', to: '1' },
      { name: 'old', from: '1' },
    ])
  })

  it.each<[string, string[], string[], string[]]>([
    ['a new tag of one repository', ['r/a:1'], ['r/a:2'], ['~ r/a']],
    [
      'the same on two platforms',
      ['r/a:1 (amd64)', 'r/a:1 (arm64)'],
      ['r/a:2 (amd64)', 'r/a:2 (arm64)'],
      ['~ r/a (amd64)', '~ r/a (arm64)'],
    ],
    [
      'two new tags of which either may be meant',
      ['r/a:1'],
      ['r/a:2', 'r/a:3'],
      ['- r/a:1', '+ r/a:2', '+ r/a:3'],
    ],
    ['a tag of two that is gone', ['r/a:1', 'r/a:2'], ['r/a:3'], ['- r/a:1', '- r/a:2', '+ r/a:3']],
    ['another repository', ['r/a:1'], ['r/b:1'], ['- r/a:1', '+ r/b:1']],
    ['a registry with a port', ['r:5000/a:1'], ['r:5000/a:2'], ['~ r:5000/a']],
  ])('sees of images: %s', (_what, from, to, expected) => {
    const images = (names: string[]) =>
      content(...names.map((name): [string, string, number] => [name, `sha256:${name}`, 1]))
    const found = compare({ ...NONE, images: images(from) }, { ...NONE, images: images(to) })
    const rows = sectionsOf(found).flatMap((section) => section.rows)
    expect(rows.map(({ sign, name }) => `${sign} ${name}`)).toEqual(expected)
  })

  it('names both tags and sizes of an image that moved', () => {
    const a = { ...NONE, images: content(['r/a:1', 'sha256:0', 10]) }
    const b = { ...NONE, images: content(['r/a:2', 'sha256:1', 30]) }
    expect(compare(a, b).images).toEqual([
      { name: 'r/a', from: '1 sha256:0', to: '2 sha256:1', fromSize: 10, toSize: 30 },
    ])
  })

  it('tells values of charts by their paths, empty maps and lists as they are', () => {
    const chart = (settings: object) =>
      new Map([['c', { settings, content: { digest: 'sha256:0', size: 1 } }]])
    const a = { ...NONE, charts: chart({ values: { x: { y: 1 }, l: [1], e: {} } }) } as unknown as Subject
    const b = {
      ...NONE,
      charts: chart({ values: { x: { y: 2, z: true }, l: [1, 2], e: { f: null } } }),
    } as unknown as Subject
    const [only] = compare(a, b).charts
    expect(only?.values).toEqual([
      { name: 'values.e', from: '{}' },
      { name: 'values.e.f', to: 'null' },
      { name: 'values.l', from: '[1]', to: '[1,2]' },
      { name: 'values.x.y', from: '1', to: '2' },
      { name: 'values.x.z', to: 'true' },
    ])
    expect(sectionsOf(compare(a, b)).map(({ rows }) => rows[0]?.name)).toEqual(['c: values.e'])
  })
})

describe('a comparison for people', () => {
  const long = (digit: string) => `sha256:${digit.repeat(64)}`
  const a = {
    ...NONE,
    name: 'one',
    files: content(['x', long('a'), 1000], ['gone', long('c'), 5]),
    size: 2000,
  }
  const b = { ...NONE, name: 'two', files: content(['x', long('b'), 3000]), size: 1000 }

  it('has signs, shortened digests and the change in bytes', () => {
    expect(differenceText(compare(a, b), 'en', plain)).toBe(
      [
        'one → two',
        '',
        'Files',
        `  - gone  sha256:${'c'.repeat(12)}                           -5 B`,
        `  ~ x     sha256:${'a'.repeat(12)} → sha256:${'b'.repeat(12)}  +2.0 KB`,
        '',
        'Size: 2.0 KB → 1.0 KB (-1.0 KB)',
      ].join('\n'),
    )
  })

  it('says in both languages that nothing changed', () => {
    expect(differenceText(compare(a, a), 'en', plain)).toBe('one → one\nno differences')
    expect(differenceText(compare(a, a), 'zh', plain)).toBe('one → one\n没有差异')
    expect(differenceText(compare(a, b), 'zh', plain)).toContain('大小：2.0 KB → 1.0 KB')
  })

  it('tells no change of the whole where there is none', () => {
    expect(differenceText(compare(a, { ...b, size: 2000 }), 'en', plain)).toMatch(/Size: 2\.0 KB → 2\.0 KB$/)
  })
})
