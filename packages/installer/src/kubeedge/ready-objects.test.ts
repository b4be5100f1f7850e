import type { BundleChart } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { deployment, evicted, pod } from '../kube/workloads.sample.ts'
import { trial } from '../testing/trial.ts'
import { objectsReady } from './ready-objects.ts'

const chart = {
  ...{ name: 'site', namespace: 'site', restarts: ['deployment/site'] },
  ready: [{ resource: 'plans.example.com', name: 'first', everyStart: true }],
} as unknown as BundleChart
const GET = 'kubectl --kubeconfig /k -n site get'
const DAY = '2026-11-29T12:00:00Z'

it.each([
  [
    'a kind that the cluster does not know',
    { code: 1, stderr: `error: the server doesn't have a resource type "plans"\n` },
    'the cluster has no resource type plans.example.com, so no first: its CRD is missing',
  ],
  ['an object that is not there', '', 'plans.example.com first has not been created yet'],
  ['a silent API', { code: 1, stderr: 'Unable to connect to the server' }, 'the API does not respond'],
  ['a kubectl that is not there', 'missing', 'the API does not respond'],
  ['an object, and silence about the program', `${DAY}|first`, 'the API does not respond'],
] as const)('tells apart what it waits for: %s', async (_what, answer, said) => {
  await using on = await trial()
  on.script(`${GET} plans.example.com first`, answer)
  const cluster = { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' } as const
  expect(await objectsReady(cluster, chart, null)).toMatchObject({ en: said })
})

it('names a workload of the chart that the cluster does not list', async () => {
  await using on = await trial()
  on.script(`${GET} plans.example.com first`, `${DAY}|first`)
  on.script(`${GET} deployments,daemonsets,pods`, '{"items":[]}')
  const cluster = { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' } as const
  expect(await objectsReady(cluster, chart, null)).toMatchObject({ en: 'deployment/site' })
})

it('waits for no pod that was evicted or refused: a Deployment leaves it where it is, and another one runs', async () => {
  await using on = await trial()
  const labels = { app: 'site' }
  const own = { ...deployment(1), metadata: { name: 'site' } }
  const selected = { ...own, spec: { replicas: 1, selector: { matchLabels: labels } } }
  const items = [selected, evicted('site-1', labels, 'cloud', 'NodePorts'), pod('site-2', labels, 'cloud')]
  on.script(`${GET} plans.example.com first`, `${DAY}|first`)
  on.script(`${GET} deployments,daemonsets,pods`, () => JSON.stringify({ items }))
  const cluster = { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' } as const
  expect(await objectsReady(cluster, chart, null)).toBe(true)
  items[2] = pod('site-2', labels, 'cloud', 'ContainerCreating')
  expect(await objectsReady(cluster, chart, null)).toMatchObject({ en: 'site-2: ContainerCreating' })
})
