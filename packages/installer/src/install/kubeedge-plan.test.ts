import type { BundleChart, BundleManifest } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { facts } from '../preflight/preflight.sample.ts'
import { resolveCloud } from '../settings/cloud.ts'
import { CloudSettings } from '../settings/schema.ts'
import { chosenCharts } from './kubeedge-plan.ts'

it('installs CloudCore before EdgeMesh, and what was not chosen not at all', () => {
  const chart = (name: string, option?: string) =>
    ({ name, ...(option ? { when: { option } } : {}), values: {}, variants: [] }) as unknown as BundleChart
  const charts = [chart('edgemesh-gateway', 'gateway'), chart('edgemesh', 'edgemesh'), chart('cloudcore')]
  const manifest = { charts } as unknown as BundleManifest
  const names = (given: object) =>
    chosenCharts(manifest, resolveCloud(CloudSettings.parse(given), facts, [])).map((one) => one.name)
  expect(names({})).toEqual(['cloudcore', 'edgemesh'])
  expect(names({ edgemesh: false })).toEqual(['cloudcore'])
  expect(names({ options: ['gateway'] })).toEqual(['cloudcore', 'edgemesh', 'edgemesh-gateway'])
})
