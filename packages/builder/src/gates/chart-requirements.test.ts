import type { BundleChart, Choice } from '@edgelift/bundle'
import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { chartRequirements, renderedTexts } from './chart-requirements.ts'
import type { Rendered } from './helm.ts'
import { objectReader } from './kubernetes-yaml.ts'
import { type ClusterState, FIRST_INSTALL, type Renderer } from './render.ts'

const CHART: BundleChart = {
  name: 'c',
  path: 'c.tgz',
  release: 'c',
  namespace: 'n',
  when: { option: 'own' },
  values: {},
  variants: [{ when: { option: 'more' }, values: {} }],
}
const pod = (...images: string[]): string =>
  images
    .map(
      (image, index) =>
        `apiVersion: v1\nkind: Pod\nmetadata: {name: p${index}}\nspec: {containers: [{name: c, image: "${image}"}]}\n`,
    )
    .join('---\n')
const packed = {
  chart: CHART,
  packed: digestOf('chart'),
  source: {
    requirer: { kind: 'chart', name: 'c' },
    where: 'charts.c',
    platform: 'linux/amd64',
    mayPull: false,
    notImages: new Set<string>(),
  },
} as const

/** A helm that renders as it is told to, by choice and cluster. */
function rendererOf(render: (choice: Choice, cluster: ClusterState) => Rendered): Renderer {
  return {
    render: async (_chart, _packed, choice, cluster = FIRST_INSTALL) => render(choice, cluster),
    [Symbol.asyncDispose]: async () => {},
  }
}
const required = (render: (choice: Choice, cluster: ClusterState) => Rendered, clusters = [FIRST_INSTALL]) =>
  chartRequirements(packed, clusters, { renderer: rendererOf(render), read: objectReader() })

describe('the images of a chart', () => {
  it('are wanted with the chart where every choice has them, else with the variant that brings them', async () => {
    const { requirements } = await required(({ options }) => ({
      text: options.has('more') ? pod('r/a:1', 'r/b:1') : pod('r/a:1'),
    }))
    const cloud = requirements.filter(({ role }) => role === 'cloud')
    expect(cloud.map(({ reference, when }) => [reference, when])).toEqual(
      [
        ['r/a:1', { option: 'own' }],
        ['r/b:1', { option: 'more' }],
      ].map(([reference, when]) => [expect.stringContaining(String(reference)), when]),
    )
  })

  it('are all of them that any state of the cluster brings, each once', async () => {
    const upgrade = { apiVersions: [], upgrade: true }
    const { requirements } = await required(
      (_choice, cluster) => ({ text: cluster.upgrade ? pod('r/a:1', 'r/migrate:1') : pod('r/a:1') }),
      [FIRST_INSTALL, upgrade],
    )
    const images = requirements.filter(({ role }) => role === 'edge').map(({ reference }) => reference)
    expect(images).toEqual([expect.stringContaining('r/a:1'), expect.stringContaining('r/migrate:1')])
  })
})

describe('a chart that cannot be rendered', () => {
  it('is named with the choice, once for a first installation and an upgrade', async () => {
    const upgrade = { apiVersions: [], upgrade: true }
    const { findings } = await required(
      ({ options }) => (options.has('more') ? { reason: 'no such value' } : { text: '' }),
      [FIRST_INSTALL, upgrade],
    )
    expect(findings.map(({ code, where, text }) => [code, where, text.en, text.zh])).toEqual([
      [
        'CHART_UNRENDERED',
        'charts.c',
        'helm cannot render this chart (option own, option more): no such value',
        'helm 无法渲染该 chart（option own、option more）：no such value',
      ],
    ])
  })

  it('says that only an upgrade fails', async () => {
    const upgrade = { apiVersions: [], upgrade: true }
    const { findings } = await required(
      ({ options }, cluster) => (cluster.upgrade && !options.has('more') ? { reason: 'why' } : { text: '' }),
      [FIRST_INSTALL, upgrade],
    )
    expect(findings.map(({ text }) => text.zh)).toEqual(['helm 无法渲染该 chart（option own、升级）：why'])
  })

  it('gives no text, and the texts of its other choices', async () => {
    const renderer = rendererOf(({ options }) =>
      options.has('more') ? { reason: 'x' } : { text: 'rendered' },
    )
    expect(await renderedTexts(packed, FIRST_INSTALL, renderer)).toEqual(['rendered'])
  })
})
