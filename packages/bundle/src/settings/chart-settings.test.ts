import { expect, it } from 'vitest'
import { CHART_SETTINGS, chartSettingsFor, FACTS, SAMPLE_SETTINGS } from './chart-settings.ts'

it('gives charts of the cloud every setting, and those of an edge none', () => {
  expect(chartSettingsFor('cloud')).toEqual(Object.keys(CHART_SETTINGS))
  expect(chartSettingsFor('edge')).toEqual([])
})

it('has a sample for each, of addresses and names that nobody has', () => {
  expect(Object.keys(SAMPLE_SETTINGS)).toEqual(Object.keys(CHART_SETTINGS))
  const texts = JSON.stringify(SAMPLE_SETTINGS)
  const addresses = texts.match(/\d+\.\d+\.\d+\.\d+/g) ?? []
  expect(new Set(addresses)).toEqual(new Set(['192.0.2.10']))
  expect(texts).not.toContain('localhost')
})

it('describes settings and facts in both languages', () => {
  const words = [...Object.values(CHART_SETTINGS).map((setting) => setting.describe), ...Object.values(FACTS)]
  for (const { en, zh } of words) {
    expect(en).not.toBe('')
    expect(zh).toMatch(/[\u4e00-\u9fff]/)
  }
})
