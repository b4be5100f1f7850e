import type { BundleManifest } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { type Trial, trial } from '../testing/trial.ts'
import { clusterOf, formatKubectl, K3S_CLUSTER, programOf } from './access.ts'

const placeOf = (on: Trial) => ({
  host: on.host,
  directory: '/data/archive',
  manifest: { platform: 'linux/arm64' } as BundleManifest,
})

it('takes the host’s own kubectl, else that of its K3s, else the one that the archive’s K3s carries, apart from the cluster’s data', async () => {
  await using on = await trial()
  const kubectl = () => programOf(placeOf(on), 'kubectl')
  expect(await kubectl()).toEqual([
    'env',
    'K3S_DATA_DIR=/var/lib/edgelift/k3s-programs',
    '/data/archive/k3s-arm64',
    'kubectl',
  ])
  await on.put('/usr/local/bin/k3s')
  expect(await kubectl()).toEqual(['/usr/local/bin/k3s', 'kubectl'])
  expect(await programOf(placeOf(on), 'ctr')).toEqual(['/usr/local/bin/k3s', 'ctr'])
  await on.put('/usr/bin/kubectl')
  expect(await kubectl()).toEqual(['/usr/bin/kubectl'])
})

it('is the cluster of the archive’s K3s, or the one whose kubeconfig was taken', async () => {
  await using on = await trial()
  await on.put('/usr/bin/kubectl')
  expect(await clusterOf(placeOf(on), undefined)).toEqual({ host: on.host, ...K3S_CLUSTER })
  expect(await clusterOf(placeOf(on), { kubeconfig: '/root/site' })).toEqual({
    host: on.host,
    kubectl: ['/usr/bin/kubectl'],
    kubeconfig: '/root/site',
  })
})

it.each([
  [K3S_CLUSTER, 'k3s kubectl'],
  [{ ...K3S_CLUSTER, kubeconfig: '/root/site' }, '/usr/local/bin/k3s kubectl --kubeconfig /root/site'],
  [{ kubectl: ['/usr/bin/kubectl'], kubeconfig: '/root/site' }, '/usr/bin/kubectl --kubeconfig /root/site'],
] as const)('is called so by a person: %j', (access, line) => {
  expect(formatKubectl(access)).toBe(line)
})
