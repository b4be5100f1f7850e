import { describe, expect, it } from 'vitest'
import { flagOf, SETTINGS, type Setting, settingHelp, variableOf } from './table.ts'

it.each([
  ['nodeIp', 'node-ip', 'EDGELIFT_NODE_IP'],
  ['cloud', 'cloud', 'EDGELIFT_CLOUD'],
  ['k3s.disable', 'k3s-disable', 'EDGELIFT_K3S_DISABLE'],
  ['advertiseAddresses', 'advertise-addresses', 'EDGELIFT_ADVERTISE_ADDRESSES'],
])('%s is --%s and %s', (name, flag, variable) => {
  expect([flagOf(name), variableOf(name)]).toEqual([flag, variable])
})

describe('the table of settings', () => {
  it('names none twice, in any of its three spellings', () => {
    for (const spelling of [(name: string) => name, flagOf, variableOf]) {
      const names = SETTINGS.map(({ name }) => spelling(name))
      expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    }
  })

  it('has for each a role, an example that names it, and phrases without a full stop', () => {
    for (const { name, roles, example, describe: words } of SETTINGS) {
      expect(roles.length, name).toBeGreaterThan(0)
      expect(example[0], name).toMatch(new RegExp(`^${name.split('.')[0]}:`))
      expect(words.en, name).not.toMatch(/\.$/)
      expect(words.zh, name).not.toMatch(/[。.]$/)
    }
  })

  it('requires nothing that has a default', () => {
    expect(SETTINGS.filter((setting) => setting.required && setting.default !== undefined)).toEqual([])
  })
})

describe('settingHelp', () => {
  const setting: Setting = {
    name: 'x',
    roles: ['edge'],
    kind: 'text',
    value: 'X',
    describe: { en: 'a setting', zh: '一个参数' },
    example: ['x: 1'],
  }
  it.each<[string, Partial<Setting>, string, string]>([
    ['required', { required: true }, 'a setting (required)', '一个参数（必填）'],
    [
      'with a default',
      { default: { en: 'none', zh: '无' } },
      'a setting (default: none)',
      '一个参数（默认：无）',
    ],
    ['without either', {}, 'a setting', '一个参数'],
  ])('is one line for a setting %s', (_what, change, en, zh) => {
    expect(settingHelp({ ...setting, ...change })).toEqual({ en, zh })
  })
})
