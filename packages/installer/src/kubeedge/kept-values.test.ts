import { expect, it } from 'vitest'
import { trial } from '../testing/trial.ts'
import { merged, mergedValues } from './kept-values.ts'

const last = { agent: { psk: 'a', modules: { dns: true } }, old: { ours: 1, theirs: {} } }
const wanted = { agent: { psk: 'a', modules: { dns: true } }, fresh: 2 }

it('keeps what somebody added, drops what edgelift no longer gives, and sets back what contradicts', () => {
  const now = {
    agent: { psk: 'a', modules: { dns: false, proxy: true }, tolerations: [{ operator: 'Exists' }] },
    old: { ours: 1, theirs: { x: 1 } },
  }
  expect(merged({ now, last, wanted })).toEqual({
    values: {
      agent: { psk: 'a', modules: { dns: true, proxy: true }, tolerations: [{ operator: 'Exists' }] },
      fresh: 2,
      old: { theirs: { x: 1 } },
    },
    kept: [['agent', 'modules', 'proxy'], ['agent', 'tolerations'], ['old']],
    setBack: ['agent.modules.dns'],
  })
})

it('has nothing to say of an upgrade that nobody interfered with', () => {
  expect(merged({ now: last, last, wanted })).toEqual({ values: wanted, kept: [], setBack: [] })
})

it('sets back what somebody removed', () => {
  const now = { agent: { psk: 'a' } }
  expect(merged({ now, last, wanted }).setBack).toEqual(['agent.modules'])
})

it('still knows after an upgrade of its own which values are not its own', async () => {
  await using on = await trial()
  const helm = '/data/archive/bin/helm'
  const now = { agent: { psk: 'a', limits: { cpu: 1 } } }
  on.script(`${helm} get values edgemesh`, JSON.stringify(now))
  const kept = 'installed by edgelift, others\' values kept: [["agent","limits"]]'
  on.script(
    `${helm} history edgemesh`,
    JSON.stringify([
      { revision: 1, description: 'installed by edgelift' },
      { revision: 2, description: 'Upgrade complete' },
      { revision: 3, description: kept },
    ]),
  )
  const { directory } = await on.run()
  const cluster = { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' } as const
  const chart = { release: 'edgemesh', namespace: 'kubeedge' }
  const bundle = { host: on.host, directory }
  const given = await mergedValues(bundle, cluster, chart, { now, wanted: { agent: { psk: 'a' } } })
  expect(given).toEqual({ values: now, kept: [['agent', 'limits']], setBack: [] })
  expect(on.calls).toContainEqual(expect.stringContaining('--revision 3'))
})
