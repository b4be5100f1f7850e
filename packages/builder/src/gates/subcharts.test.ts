import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { tarball } from '../testing/upstream.ts'
import { withPackedCharts } from './subcharts.ts'

const pack = async (members: Record<string, string | Buffer>) => gzipSync(await tarball(members))

it('charts in packed charts are read, however deep they lie, as far as Helm loads them', async () => {
  const deep = await pack({ 'deep/Chart.yaml': 'name: deep\n', 'deep/templates/x.yaml': 'x' })
  const inner = await pack({ 'inner/Chart.yaml': 'name: inner\n', 'inner/charts/deep-1.tgz': deep })
  const files = await withPackedCharts(
    new Map([
      ['Chart.yaml', Buffer.from('name: c\n')],
      ['charts/inner-1.0.0.tgz', inner],
      ['charts/_hidden.tgz', inner],
      ['files/other.tgz', inner],
      ['charts/broken.tgz', Buffer.from('none')],
    ]),
  )
  expect([...files.keys()].slice(5)).toEqual([
    'charts/inner-1.0.0.tgz/Chart.yaml',
    'charts/inner-1.0.0.tgz/charts/deep-1.tgz',
    'charts/inner-1.0.0.tgz/charts/deep-1.tgz/Chart.yaml',
    'charts/inner-1.0.0.tgz/charts/deep-1.tgz/templates/x.yaml',
  ])
})

it('a chart that is made to fill memory with packed charts is looked into up to a limit', async () => {
  const large = await pack({ 'x/Chart.yaml': 'name: x\n', 'x/zeros': '0'.repeat(24 * 1024 * 1024) })
  const names = Array.from({ length: 40 }, (_, number) => `charts/x${number}.tgz`)
  const files = await withPackedCharts(new Map(names.map((name) => [name, large])))
  expect([...files.keys()].filter((name) => name.endsWith('/zeros'))).toHaveLength(3)
})
