import { readKubernetesYaml } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { objectReader, readObjects } from './kubernetes-yaml.ts'

const CRD = 'kind: CustomResourceDefinition\nspec: {group: g}\n'

describe('texts that are read one after the other', () => {
  it('reads a document once, in whatever text it stands', () => {
    const texts: string[] = []
    const read = objectReader((text) => {
      texts.push(text)
      return readKubernetesYaml(text)
    })
    const first = read(`---\n# Source: c/crds/a.yaml\n${CRD}---\nkind: A\n`)
    const second = read(`---\n# Source: c/crds/a.yaml\n${CRD}---\nkind: B\n`)
    expect([first, second]).toMatchObject([
      [{ spec: { group: 'g' } }, { kind: 'A' }],
      [{ spec: { group: 'g' } }, { kind: 'B' }],
    ])
    expect(texts.map((text) => text.trim().split('\n').at(-1))).toEqual([
      'spec: {group: g}',
      'kind: A',
      'kind: B',
    ])
  })

  it.each([
    ['documents', 'kind: A\n---\nkind: B\n---\nkind: C'],
    ['content behind the mark', '--- {kind: A}\n--- # B\nkind: B\n'],
    ['lines that look like one and are none', 'kind: A\ndata: |\n  ---\n  b\ntext: ---\nmore: a\n ---\n'],
    ['Windows lines', '---\r\nkind: A\r\n---\r\nkind: B\r\n'],
    ['an end mark', 'kind: A\n...\n---\nkind: B\n...\n'],
    ['a directive', 'kind: A\n...\n%YAML 1.2\n---\nkind: B\n'],
    ['anchors of one name', 'a: &x [1]\nb: *x\n---\na: &x [2]\nb: *x\n'],
    ['flow content in any column', 'kind: A\n---\nkind: B\nspec: {\na: 1\n}\n'],
    ['nothing', ''],
    ['nothing between marks', '---\n---\nkind: A\n---\n'],
    ['an error in a later document', 'kind: A\n---\nkind: B\n\tc: [\n'],
    ['a quote over a mark', 'kind: "A\n---\nB"\n'],
    ['an alias of another document', 'a: &x 1\n---\nb: *x\n'],
  ])('reads %s as a text is read alone', (_, text) => {
    expect(objectReader()(text)).toEqual(readObjects(text))
  })
})
