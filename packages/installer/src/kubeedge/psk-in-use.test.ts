import type { BundleChart, BundleManifest } from '@edgelift/bundle'
import { withoutSecrets } from '@edgelift/core'
import { expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import { NO_RELEASE, trial } from '../testing/trial.ts'
import { pskInUse } from './psk-in-use.ts'

const chart = (release: string, values: object) =>
  ({ release, namespace: 'kubeedge', values, path: `${release}.tgz` }) as unknown as BundleChart

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
