import type { BundleChart, When } from '@edgelift/bundle'
import { describe, expect, it } from 'vitest'
import { chartRequirements } from './chart-requirements.ts'
import { choicesOf } from './choices.ts'
import type { Renderer } from './render.ts'

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
  const digest = `sha256:${'0'.repeat(64)}` as Parameters<typeof chartRequirements>[1]

  it('carries the condition without which it is not asked for', async () => {
    const renderer = rendererOf(
      (on) =>
        pod('always', 'a:1') +
        (on.has('x') ? pod('extra', 'b:1') : '') +
        pod('or', on.has('f') ? 'c:2' : 'c:1'),
    )
    const { requirements } = await chartRequirements(
      chart({ option: 'own' }, { option: 'x' }, { fact: 'f' }),
      digest,
      {
        renderer,
        platform: 'linux/amd64',
        id: 'charts.c',
      },
    )
    expect(requirements).toEqual([
      {
        reference: 'docker.io/library/a:1',
        role: 'edge',
        requirer: 'chart c (Pod always)',
        when: { option: 'own' },
      },
      {
        reference: 'docker.io/library/c:1',
        role: 'edge',
        requirer: 'chart c (Pod or)',
        when: { option: 'own' },
      },
      { reference: 'docker.io/library/c:2', role: 'edge', requirer: 'chart c (Pod or)', when: { fact: 'f' } },
      {
        reference: 'docker.io/library/b:1',
        role: 'edge',
        requirer: 'chart c (Pod extra)',
        when: { option: 'x' },
      },
    ])
  })

  it.each(['a', 'a:latest', `a@sha256:${'0'.repeat(64)}`, 'A:1'])('refuses the image %s', async (image) => {
    const { requirements, findings } = await chartRequirements(chart(undefined), digest, {
      renderer: rendererOf(() => pod('p', image)),
      platform: 'linux/amd64',
      id: 'charts.c',
    })
    expect(requirements).toEqual([])
    expect(findings).toMatchObject([{ severity: 'error', code: 'REFERENCE', where: 'charts.c' }])
    expect(findings[0]?.text.en).toContain(image)
  })
})
