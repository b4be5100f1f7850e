import type { BundleChart, BundleManifest } from '@edgelift/bundle'
import { withoutSecrets } from '@edgelift/core'
import { expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { NO_RELEASE, type Trial, trial } from '../testing/trial.ts'
import { pskInUse, refusedPskInUse, takesPsk } from './psk-in-use.ts'

const HELM = '/data/archive/bin/helm'
const PUBLISHED = 'JugH9HP1XBouyO5pWGeZa8LtipDURrf17EJvUHcJGuQ='
const MESH = { agent: { psk: { $setting: 'psk' } } }

const chart = (release: string, values: object, when?: object) =>
  ({
    name: release,
    release,
    namespace: 'kubeedge',
    values,
    variants: [],
    when,
    path: `${release}.tgz`,
  }) as unknown as BundleChart

function placed(on: Trial, ...charts: BundleChart[]) {
  const manifest = { charts } as unknown as BundleManifest
  return {
    cluster: { host: on.host, ...K3S_CLUSTER },
    bundle: { host: on.host, directory: '/data/archive', manifest },
    runs: (release: string, values: object, labels: object = {}) => {
      const metadata = { status: 'deployed', deployedAt: '', version: '1', labels }
      on.script(`${HELM} get values ${release}`, (args) =>
        args.includes('--all') ? JSON.stringify(values) : 'null',
      )
      on.script(`${HELM} get metadata ${release}`, JSON.stringify(metadata))
    },
  }
}

const choice = (...options: string[]) => ({ options: new Set(options), facts: new Set<string>() })

it('tells of a PSK in use that no installation keeps, and whose release it is', async () => {
  await using on = await trial()
  const { cluster, bundle, runs } = placed(on, chart('edgemesh', MESH))
  const refused = () => refusedPskInUse(cluster, bundle, choice())
  runs('edgemesh', { agent: { psk: 'a-key-that-is-long-enough' } })
  expect(await refused()).toBeUndefined()
  runs('edgemesh', { agent: { psk: PUBLISHED } })
  expect(await refused()).toMatchObject({
    release: 'kubeedge/edgemesh',
    value: 'agent.psk',
    ours: false,
    takers: [],
    why: { en: expect.stringContaining('public') },
  })
  runs('edgemesh', { agent: { psk: 'short' } }, { 'installed-by': 'edgelift' })
  expect(await refused()).toMatchObject({ ours: true, takers: ['edgemesh'] })
})

it('names what of this installation would be given the PSK that is refused', async () => {
  await using on = await trial()
  const gateway = chart('gateway', { psk: { $setting: 'psk' } }, { option: 'gateway' })
  const { cluster, bundle, runs } = placed(on, chart('cloudcore', {}), chart('edgemesh', MESH), gateway)
  const takers = async (...options: string[]) =>
    (await refusedPskInUse(cluster, bundle, choice(...options)))?.takers
  runs('edgemesh', { agent: { psk: PUBLISHED } })
  on.script(`${HELM} get values cloudcore`, NO_RELEASE)
  on.script(`${HELM} get metadata gateway`, NO_RELEASE)
  expect(await takers()).toEqual([])
  expect(await takers('gateway')).toEqual(['gateway'])
  runs('gateway', { psk: PUBLISHED })
  expect(await takers('gateway')).toEqual([])
})

it('a chart takes the PSK by its values or by those of a variant', () => {
  const psk = { agent: { psk: { $setting: 'psk' } } }
  const variants = [{ when: { option: 'mesh' }, values: psk }]
  expect(takesPsk({ values: psk, variants: [] })).toBe(true)
  expect(takesPsk({ values: {}, variants })).toBe(true)
  expect(takesPsk({ values: { name: 'psk' }, variants: [] })).toBe(false)
})

it('finds the PSK that a release runs with, its chart’s default, too, and has it blanked from then on', async () => {
  await using on = await trial()
  const { cluster, bundle, runs } = placed(on, chart('cloudcore', {}), chart('edgemesh', MESH))
  on.script(`${HELM} get values edgemesh`, NO_RELEASE)
  expect(await pskInUse(cluster, bundle)).toBeUndefined()
  runs('edgemesh', { agent: { psk: 'psk-of-the-release' } })
  expect(await pskInUse(cluster, bundle)).toBe('psk-of-the-release')
  expect(withoutSecrets('helm says: psk-of-the-release')).toBe('helm says: …')
  on.script(`${HELM} get values edgemesh`, { code: 1, stderr: 'no way to the API' })
  await expect(pskInUse(cluster, bundle)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
})
