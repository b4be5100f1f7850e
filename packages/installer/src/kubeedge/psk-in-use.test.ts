import type { BundleChart, BundleManifest } from '@edgelift/bundle'
import { withoutSecrets } from '@edgelift/core'
import { expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { NO_RELEASE, trial } from '../testing/trial.ts'
import { pskInUse, refusedPskInUse, takesPsk } from './psk-in-use.ts'

const chart = (release: string, values: object) =>
  ({ release, namespace: 'kubeedge', values, path: `${release}.tgz` }) as unknown as BundleChart

it('tells of a PSK in use that no installation keeps, and whose release it is', async () => {
  await using on = await trial()
  const charts = [chart('edgemesh', { agent: { psk: { $setting: 'psk' } } })]
  const bundle = {
    host: on.host,
    directory: '/data/archive',
    manifest: { charts } as unknown as BundleManifest,
  }
  const cluster = { host: on.host, ...K3S_CLUSTER }
  const runs = (psk: string, labels: object) => {
    const metadata = { status: 'deployed', deployedAt: '', version: '1', labels }
    on.script('/data/archive/bin/helm get values edgemesh', JSON.stringify({ agent: { psk } }))
    on.script('/data/archive/bin/helm get metadata edgemesh', JSON.stringify(metadata))
  }
  runs('a-key-that-is-long-enough', {})
  expect(await refusedPskInUse(cluster, bundle)).toBeUndefined()
  runs('JugH9HP1XBouyO5pWGeZa8LtipDURrf17EJvUHcJGuQ=', {})
  expect(await refusedPskInUse(cluster, bundle)).toMatchObject({
    release: 'kubeedge/edgemesh',
    value: 'agent.psk',
    ours: false,
    why: { en: expect.stringContaining('public') },
  })
  runs('short', { 'installed-by': 'edgelift' })
  expect(await refusedPskInUse(cluster, bundle)).toMatchObject({ ours: true })
})

it('a chart takes the PSK by its values or by those of a variant', () => {
  const psk = { agent: { psk: { $setting: 'psk' } } }
  const variants = [{ when: { option: 'mesh' }, values: psk }]
  expect(takesPsk({ values: psk, variants: [] })).toBe(true)
  expect(takesPsk({ values: {}, variants })).toBe(true)
  expect(takesPsk({ values: { name: 'psk' }, variants: [] })).toBe(false)
})

it('finds the PSK in a release’s values, and has it blanked from then on', async () => {
  await using on = await trial()
  const charts = [chart('cloudcore', {}), chart('edgemesh', { agent: { psk: { $setting: 'psk' } } })]
  const bundle = {
    host: on.host,
    directory: '/data/archive',
    manifest: { charts } as unknown as BundleManifest,
  }
  const cluster = { host: on.host, ...K3S_CLUSTER }
  const helm = '/data/archive/bin/helm get values edgemesh'
  on.script(helm, NO_RELEASE)
  expect(await pskInUse(cluster, bundle)).toBeUndefined()
  on.script(helm, JSON.stringify({ agent: { psk: 'psk-of-the-release' } }))
  expect(await pskInUse(cluster, bundle)).toBe('psk-of-the-release')
  expect(withoutSecrets('helm says: psk-of-the-release')).toBe('helm says: …')
  on.script(helm, { code: 1, stderr: 'no way to the API' })
  await expect(pskInUse(cluster, bundle)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
})
