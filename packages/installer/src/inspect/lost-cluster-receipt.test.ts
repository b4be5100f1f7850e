import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MESH_UNIT_FILE } from '../mesh/places.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { rebuiltInCluster } from './lost-cluster-receipt.ts'

const ADMIN = '/etc/kubernetes/admin.conf'
const HELM = '/data/archive/bin/helm'
const LABEL = { resource: 'service', namespace: 'default', name: 'kubernetes', label: 'x', value: 'y' }
const LEAVES = [{ resource: 'secret', names: ['casecret'] }]

const manifest = {
  role: 'cloud',
  platform: 'linux/amd64',
  files: [],
  charts: [
    { name: 'cloudcore', release: 'cloudcore', namespace: 'kubeedge', leaves: LEAVES },
    { name: 'edgemesh', release: 'edgemesh', namespace: 'kubeedge', labels: [LABEL] },
  ],
} as unknown as BundleManifest

let on: Trial
beforeEach(async () => {
  on = await trial()
  await on.put('/usr/bin/kubectl')
})
afterEach(() => on[Symbol.asyncDispose]())

const look = (named?: string) =>
  rebuiltInCluster({ host: on.host, directory: '/data/archive', manifest }, named)
const listed = (...names: string[]) =>
  on.script(`${HELM} list`, JSON.stringify(names.map((name) => ({ name, namespace: 'kubeedge' }))))
const service = () => on.put(MESH_UNIT_FILE, '[Unit]\nDescription=Refresh (edgelift)\n')

it('asks no cluster on a machine without a kubeconfig', async () => {
  expect(await look()).toBeUndefined()
  expect(on.calls).toEqual([])
})

it('finds nothing in a cluster without releases of edgelift', async () => {
  await on.put(ADMIN)
  listed()
  expect(await look()).toBeUndefined()
})

it('records releases in the order of their installation, with what their programs leave, and labels before them', async () => {
  await on.put(ADMIN)
  await service()
  listed('own-chart', 'edgemesh', 'cloudcore') // helm: the last one first
  const found = await look()
  if (found?.state !== 'installed') throw new Error(`found ${found?.state}`)
  expect(found).toMatchObject({ kubeconfig: ADMIN, isFromHere: true })
  expect(found.steps.map(({ stepId }) => stepId)).toEqual([
    ...['service-label', 'chart-cloudcore', 'chart-edgemesh', 'chart-own-chart'],
    ...['mesh-refresh-objects', 'mesh-refresh-program', 'mesh-refresh'],
  ])
  const changes = found.steps.flatMap((step) => step.changes)
  const { value: _, ...label } = LABEL
  expect(changes).toContainEqual({ kind: 'label', ...label })
  expect(changes).toContainEqual({
    ...{ kind: 'release', release: 'cloudcore', namespace: 'kubeedge', leaves: LEAVES },
  })
  expect(changes).toContainEqual({ kind: 'file', path: MESH_UNIT_FILE })
  // What others may have had before is nobody's to delete.
  expect(changes.filter((one) => one.kind === 'object' && one.resource === 'namespace')).toEqual([])
})

it('of releases alone does not say that they came from this machine: others administer the cluster, too', async () => {
  await on.put(ADMIN)
  listed('cloudcore')
  expect(await look()).toMatchObject({ isFromHere: false, releases: ['cloudcore'] })
})

it('takes a cluster that does not respond for none without KubeEdge', async () => {
  await on.put('/root/named')
  on.script(`${HELM} list`, { code: 1, stderr: 'Error: Kubernetes cluster unreachable' })
  expect(await look('/root/named')).toEqual({ kubeconfig: '/root/named', state: 'unknown' })
  await service()
  const found = await look('/root/named')
  expect(found).toMatchObject({ state: 'installed', isFromHere: true, releases: undefined })
  expect(found).toHaveProperty('steps.0.changes', [{ kind: 'all-releases' }])
})
