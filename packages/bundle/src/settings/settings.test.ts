import { readSettingsYaml } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { ROLES } from '../manifest.ts'
import { installYaml } from './install-yaml.ts'
import { settingsJsonSchema } from './json-schema.ts'
import { flagOf, SETTINGS, settingHelp, variableOf } from './table.ts'

const OPTIONS = ['edgemesh', 'mosquitto'].map((name) => ({
  name,
  title: { en: `the ${name}`, zh: `${name}组件` },
  default: false,
}))
const uncommented = (text: string): unknown => readSettingsYaml(text.replace(/^#(?! )/gm, ''))[0]
const topOf = (name: string): string => name.split('.')[0] ?? ''

describe.each(ROLES)('the %s role', (role) => {
  const mine = SETTINGS.filter(({ roles }) => roles.includes(role))
  const names = mine.map(({ name }) => topOf(name))

  it('has every setting in install.yaml, commented out, in both languages', () => {
    const text = installYaml(role, { options: OPTIONS, k3sDisable: ['traefik'] })
    expect(readSettingsYaml(text)).toEqual([null])
    expect(Object.keys(uncommented(text) as object).sort()).toEqual([...names].sort())
    for (const { describe: words } of mine.filter(({ name }) => name !== 'options')) {
      expect(text).toContain(words.zh)
      expect(text.toLowerCase()).toContain(words.en.toLowerCase())
    }
  })

  it('has the same settings in its JSON Schema', () => {
    const { properties } = settingsJsonSchema(role) as { properties: object }
    const known = Object.keys(properties).filter((name) => name !== 'token') // only a join file holds it
    expect(known.sort()).toEqual([...names].sort())
  })
})

it('leaves out what the release has no option for', () => {
  const text = installYaml('cloud', { options: [], k3sDisable: [] })
  expect(Object.keys(uncommented(text) as object)).toEqual([
    'nodeIp',
    'nodeName',
    'advertiseAddresses',
    'k3s',
    'keepPrevious',
  ])
})

it('names a setting in three ways, and tells its default', () => {
  expect([flagOf('k3s.disable'), variableOf('k3s.disable')]).toEqual(['k3s-disable', 'EDGELIFT_K3S_DISABLE'])
  const [cloud] = SETTINGS.map(settingHelp)
  expect(cloud?.en).toMatch(/\(required\)$/)
})
