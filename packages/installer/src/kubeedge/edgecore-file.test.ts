import { expect, it } from 'vitest'
import { readConfig } from '../node/read-config.ts'
import { differing, edgecoreText, mergedConfig, saysAll } from './edgecore-file.ts'

const wanted = {
  kind: 'EdgeCore',
  modules: {
    edgeHub: { token: '', websocket: { enable: true, server: '10.0.0.1:10000' } },
    edged: {
      nodeLabels: { site: 'a' },
      tailoredKubeletConfig: { clusterDNS: ['169.254.96.16'], registerWithTaints: [] },
    },
  },
}

/** As EdgeCore rewrites it: every default is written out, what is empty left out. */
const rewritten = `kind: EdgeCore
database: {dataSource: /var/lib/kubeedge/edgecore.db}
modules:
  edgeHub: {token: secret, heartbeat: 15, websocket: {enable: true, server: '10.0.0.1:10000', readDeadline: 15}}
  edged: {nodeLabels: {site: a}, tailoredKubeletConfig: {clusterDNS: [169.254.96.16], maxPods: 110}}
`

it('takes a rewritten file for what was asked for, whatever its token', () => {
  expect(saysAll(readConfig(rewritten) ?? {}, wanted)).toBe(true)
})

it.each([
  ['another address', rewritten.replace('10.0.0.1', '10.0.0.11')],
  ['a DNS server more', rewritten.replace('[169.254.96.16]', '[169.254.96.16, 8.8.8.8]')],
  ['a label more, which an answer took away', rewritten.replace('{site: a}', '{site: a, old: b}')],
  ['a taint', rewritten.replace('maxPods: 110', 'registerWithTaints: [{key: x, effect: NoSchedule}]')],
  [
    'a module that was switched off',
    rewritten.replace('websocket: {enable: true', 'websocket: {enable: false'),
  ],
])('sees %s', (_title, text) => {
  expect(saysAll(readConfig(text) ?? {}, wanted)).toBe(false)
})

it('changes its own settings and keeps the others', () => {
  const found = readConfig(
    rewritten.replace('{site: a}', '{site: a, old: b}').replace('maxPods: 110', 'maxPods: 30'),
  )
  const merged = mergedConfig(found, wanted)
  expect(saysAll(merged, wanted)).toBe(true)
  expect(readConfig(edgecoreText(merged))).toMatchObject({
    database: { dataSource: '/var/lib/kubeedge/edgecore.db' },
    modules: { edgeHub: { token: '', heartbeat: 15 }, edged: { tailoredKubeletConfig: { maxPods: 30 } } },
  })
})

it('does not take a file that a power loss cut off for one', () => {
  expect(readConfig('')).toBeUndefined()
  expect(readConfig('modules: {edgeHub: [')).toBeUndefined()
})

it('names the settings that differ', () => {
  const other = rewritten.replace('10.0.0.1', '10.0.0.11').replace('[169.254.96.16]', '[8.8.8.8]')
  expect(differing(readConfig(other) ?? {}, wanted)).toEqual([
    'modules.edgeHub.websocket.server',
    'modules.edged.tailoredKubeletConfig.clusterDNS',
  ])
})
