import { describe, expect, it } from 'vitest'
import { yamlLines } from './lines.ts'

const TEXT = `# a release
name: site
images:
  - r/a:1
  - r/b:1   # second
  - name: c
    tags: [1,
      2, {x: y}]
"quoted key": &anchor
  deep:
    deeper: >
      folded
      text
    last: 1
alias: *anchor
empty:
? complex
: value
`

describe('where something stands', () => {
  const lineOf = yamlLines(TEXT)
  it.each<[PropertyKey[], number]>([
    [['name'], 2],
    [['images'], 3],
    [['images', 0], 4],
    [['images', 1], 5],
    [['images', 2], 6],
    [['images', 2, 'name'], 6],
    [['images', 2, 'tags'], 7],
    [['images', 2, 'tags', 0], 7],
    [['images', 2, 'tags', 1], 8],
    [['images', 2, 'tags', 2, 'x'], 8],
    [['quoted key'], 9],
    [['quoted key', 'deep', 'deeper'], 11],
    [['quoted key', 'deep', 'last'], 14],
    [['alias'], 15],
    [['empty'], 16],
    [['complex'], 17],
  ])('%j: line %i', (path, line) => {
    expect(lineOf(path)).toBe(line)
  })

  it.each<[PropertyKey[], number]>([
    [['images', 9], 3],
    [['images', 1, 'tag'], 5],
    [['quoted key', 'deep', 'gone', 'below'], 10],
    [['gone'], 1],
    [[], 1],
  ])('is where its nearest ancestor does when it is not there: %j', (path, line) => {
    expect(lineOf(path)).toBe(line)
  })
})

it('is the same in a text that only Kubernetes takes', () => {
  const lineOf = yamlLines('a:\n  c: [\nx,\ny\n]\nb: 1\n')
  expect([lineOf(['a', 'c', 1]), lineOf(['b'])]).toEqual([4, 6])
})

it('is refused in a text that is no YAML', () => {
  expect(() => yamlLines('a: [\n')).toThrow(expect.objectContaining({ name: 'YamlError' }))
})
