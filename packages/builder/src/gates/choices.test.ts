import type { BundleChart, When } from '@edgelift/bundle'
import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { chartRequirements, type PackedChart } from './chart-requirements.ts'
import { choicesOf } from './choices.ts'
import { readObjects } from './kubernetes-yaml.ts'
import { FIRST_INSTALL, type Renderer } from './render.ts'

const chart = (when: When | undefined, ...variants: When[]): BundleChart => ({
  name: 'c',
  path: 'c.tgz',
  release: 'c',
  namespace: 'n',
  ...(when === undefined ? {} : { when }),
  values: {},
  variants: variants.map((one) => ({ when: one, values: {} })),
})
const options = (count: number): When[] =>
  Array.from({ length: count }, (_, index) => ({ option: `o${index}` }))

describe('the choices in which a chart is rendered', () => {
  it('are all combinations of its variants, and its own condition always', () => {
    const choices = choicesOf(chart({ option: 'own' }, { option: 'a' }, { fact: 'f' }, { option: 'a' }))
    expect(choices.map((choice) => [...choice.options, ...choice.facts].join('+'))).toEqual([
      'own',
      'own+f',
      'own+a',
      'own+a+f',
    ])
  })

  it('stay few when there are many conditions, each on and off among others', () => {
    const choices = choicesOf(chart(undefined, ...options(20)))
    expect(choices.length).toBe(42)
    for (const { option } of options(20) as { option: string }[]) {
      expect(choices.some((choice) => choice.options.size === 1 && choice.options.has(option))).toBe(true)
      expect(choices.some((choice) => choice.options.size === 19 && !choice.options.has(option))).toBe(true)
    }
  })
})

describe('what a chart asks for', () => {
  const pod = (name: string, image: string): string =>
    `---\nkind: Pod\nmetadata: {name: ${name}}\nspec: {containers: [{image: "${image}"}], nodeSelector: {node-role.kubernetes.io/edge: ""}}\n`

  function rendererOf(render: (choice: ReadonlySet<string>) => string): Renderer {
    return {
      render: async (_chart, _packed, choice) => ({
        text: render(new Set([...choice.options, ...choice.facts])),
      }),
      [Symbol.asyncDispose]: async () => {},
    }
  }
  const packed = (one: BundleChart): PackedChart => ({
    chart: one,
    packed: digestOf('chart'),
    source: {
      requirer: { kind: 'chart', name: 'c' },
      where: 'charts.c',
      platform: 'linux/amd64',
      mayPull: false,
      notImages: new Set(),
    },
  })
  const byPod = (name: string): object => ({ kind: 'chart', name: 'c', detail: `Pod ${name}` })

  it('carries the condition without which it is not asked for', async () => {
    const renderer = rendererOf(
      (on) =>
        pod('always', 'a:1') +
        (on.has('x') ? pod('extra', 'b:1') : '') +
        pod('or', on.has('f') ? 'c:2' : 'c:1'),
    )
    const { requirements } = await chartRequirements(
      packed(chart({ option: 'own' }, { option: 'x' }, { fact: 'f' })),
      [FIRST_INSTALL],
      { renderer, read: readObjects },
    )
    expect(requirements).toEqual([
      {
        reference: 'docker.io/library/a:1',
        role: 'edge',
        requirer: byPod('always'),
        when: { option: 'own' },
      },
      {
        reference: 'docker.io/library/c:1',
        role: 'edge',
        requirer: byPod('or'),
        when: { option: 'own' },
      },
      { reference: 'docker.io/library/c:2', role: 'edge', requirer: byPod('or'), when: { fact: 'f' } },
      {
        reference: 'docker.io/library/b:1',
        role: 'edge',
        requirer: byPod('extra'),
        when: { option: 'x' },
      },
    ])
  })

  it.each(['a', 'a:latest', `a@sha256:${'0'.repeat(64)}`, 'A:1'])('refuses the image %s', async (image) => {
    const { requirements, findings } = await chartRequirements(packed(chart(undefined)), [FIRST_INSTALL], {
      renderer: rendererOf(() => pod('p', image)),
      read: readObjects,
    })
    expect(requirements).toEqual([])
    expect(findings).toMatchObject([{ severity: 'error', code: 'REFERENCE', where: 'charts.c' }])
    expect(findings[0]?.text.en).toContain(image)
  })
})
