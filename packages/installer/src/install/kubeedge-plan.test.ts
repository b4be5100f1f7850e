import type { BundleChart, BundleManifest } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { facts } from '../preflight/preflight.sample.ts'
import { resolveCloud } from '../settings/cloud.ts'
import { CloudSettings } from '../settings/schema.ts'
import { chosenCharts } from './kubeedge-plan.ts'

it('takes the charts that are chosen, in the order that the release gives them', () => {
  const chart = (name: string, order?: number, option?: string) =>
    ({
      name,
      ...(option ? { when: { option } } : {}),
      ...(order ? { order } : {}),
      values: {},
      variants: [],
    }) as unknown as BundleChart
  const charts = [
    chart('of-the-site', undefined, 'gateway'),
    chart('edgemesh', 20, 'edgemesh'),
    chart('cloudcore', 10),
  ]
  const manifest = { charts } as unknown as BundleManifest
  const names = (given: object) =>
    chosenCharts(manifest, resolveCloud(CloudSettings.parse(given), facts, [])).map((one) => one.name)
  expect(names({})).toEqual(['cloudcore', 'edgemesh'])
  expect(names({ edgemesh: false })).toEqual(['cloudcore'])
  expect(names({ options: ['gateway'] })).toEqual(['cloudcore', 'edgemesh', 'of-the-site'])
})
