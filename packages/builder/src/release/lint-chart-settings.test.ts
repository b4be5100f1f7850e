import { expect, it } from 'vitest'
import { checkChartSettings } from './lint-chart-settings.ts'
import { ReleaseChart } from './schema.ts'

function found(roles: string[], more: object): string[] {
  const chart = ReleaseChart.parse({
    roles,
    url: 'https://f.example/c.tgz',
    path: 'c.tgz',
    release: 'c',
    namespace: 'n',
    ...more,
  })
  return checkChartSettings('charts.c', chart).map(({ code, where, text }) => `${code} ${where}: ${text.en}`)
}
const asks = (name: string): object => ({ $setting: name })

it('knows the settings of the cloud, in both spellings, wherever they stand', () => {
  const values = { a: asks('nodeIp'), b: [{ c: { $answer: 'psk' } }] }
  expect(
    found(['cloud'], { values, variants: [{ when: { option: 'o' }, values: { d: asks('relayNodes') } }] }),
  ).toEqual([])
})

it('names a setting that the installation of a role does not give, once', () => {
  expect(found(['cloud'], { values: { a: asks('nodIp'), b: asks('nodIp') } })).toEqual([
    'ANSWER charts.c: the cloud installation has no setting "nodIp" for charts; did you mean "nodeIp"?',
  ])
  expect(found(['cloud'], { values: { a: asks('zzzzzz') } })[0]).toMatch(/; known are advertiseAddresses, /)
  expect(found(['cloud', 'edge'], { values: { a: asks('psk') } })).toEqual([
    'ANSWER charts.c: the edge installation has no setting "psk" for charts; it gives charts no settings',
  ])
})

it('looks at what a certificate covers too', () => {
  const certificate = { secret: 's', key: 'k', covers: ['advertiseAddresses', 'hostNames'] }
  expect(found(['cloud'], { certificate })).toEqual([
    expect.stringMatching(/^ANSWER charts\.c\.certificate\.covers: .*"hostNames"/),
  ])
})

it.each<[string, object, string]>([
  ['another key beside it', { a: { $setting: 'nodeIp', default: 'x' } }, 'charts.c.values.a'],
  ['no name', { a: [{ b: { $setting: null } }] }, 'charts.c.values.a[0].b'],
  ['a list of names', { a: { $setting: ['nodeIp'] } }, 'charts.c.values.a'],
  ['a name in the older spelling that is none', { a: { $answer: 7 } }, 'charts.c.values.a'],
])('refuses what Helm would get as it stands: %s', (_what, values, where) => {
  const words = 'has to be the only key of its map, and its value the name of a setting: { $setting: nodeIp }'
  expect(found(['cloud'], { values })).toEqual([`ANSWER ${where}: "$setting" ${words}`])
})

it('looks into variants as into values', () => {
  const variants = [{ when: { option: 'o' }, values: { a: { $setting: {} } } }]
  expect(found(['cloud'], { variants })).toEqual([
    expect.stringMatching(/^ANSWER charts\.c\.variants\[0\]\.values\.a: /),
  ])
})
