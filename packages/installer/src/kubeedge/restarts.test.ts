import type { BundleChart } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Cluster } from '../kube/kubectl.ts'
import { NO_RELEASE, type Trial, trial } from '../testing/trial.ts'
import { restartStale, startedSince } from './restarts.ts'

const HELM = '/data/archive/bin/helm'
const DEPLOYED = '2026-11-01T10:00:00.900Z'
const chart = (restarts?: readonly string[]) =>
  ({ name: 'cloudcore', release: 'cloudcore', namespace: 'kubeedge', restarts }) as unknown as BundleChart
const CLOUDCORE = chart(['deployment/cloudcore'])
const METADATA = { status: 'deployed', version: '1.22.0', labels: { 'installed-by': 'edgelift' } }
const RESTART = 'kubectl --kubeconfig /k -n kubeedge rollout restart deployment/cloudcore'

let on: Trial
let cluster: Cluster
beforeEach(async () => {
  on = await trial()
  cluster = { host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' }
})
afterEach(() => on[Symbol.asyncDispose]())

const workload = (made: string, restarted?: string): string =>
  JSON.stringify({
    metadata: { creationTimestamp: made },
    spec: {
      template: {
        metadata: {
          annotations: restarted === undefined ? null : { 'kubectl.kubernetes.io/restartedAt': restarted },
        },
      },
    },
  })

const release = { status: 'deployed', deployed: DEPLOYED, chart: '1.22.0 ', ours: true }

it.each([
  ['made with the release', workload('2026-11-01T10:00:01Z'), true],
  ['made in the same second, which Kubernetes cuts off', workload('2026-11-01T10:00:00Z'), true],
  ['made before it', workload('2026-10-01T00:00:00Z'), false],
  ['restarted since', workload('2026-10-01T00:00:00Z', '2026-11-01T12:00:05+02:00'), true],
  ['restarted before it', workload('2026-10-01T00:00:00Z', '2026-10-31T10:00:00Z'), false],
])('a workload that was %s has read its settings: %s', async (_, answer, since) => {
  on.script('kubectl', answer)
  expect(await startedSince(cluster, CLOUDCORE, release)).toBe(since)
})

it('a workload that is not there has not read them; a chart that names none needs no restart', async () => {
  on.script('kubectl', '')
  expect(await startedSince(cluster, CLOUDCORE, release)).toBe(false)
  expect(await startedSince(cluster, chart(), release)).toBe(true)
})

it('nothing is restarted, or taken for restarted, while the API does not tell of it', async () => {
  on.script(`${HELM} get metadata cloudcore`, JSON.stringify({ ...METADATA, deployedAt: DEPLOYED }))
  on.script('kubectl', { code: 1, stderr: 'Unable to connect to the server: i/o timeout' })
  const silent = { code: 'COMMAND_FAILED', because: { en: expect.stringContaining('i/o timeout') } }
  await expect(startedSince(cluster, CLOUDCORE, release)).rejects.toMatchObject(silent)
  const bundle = { host: on.host, directory: `${on.root}/data/archive` }
  const request = { chart: CLOUDCORE, settings: {}, isNew: false }
  await expect(restartStale(bundle, cluster, request)).rejects.toMatchObject(silent)
  expect(on.calls.filter((call) => call.includes('rollout'))).toEqual([])
})

it.each([
  ['an upgrade that changed no pod template', workload('2026-10-01T00:00:00Z'), { isNew: false }, [RESTART]],
  ['one that replaced the workload', workload('2026-11-01T10:00:01Z'), { isNew: false }, []],
  // Nothing is asked: a clock that differs from the API server's does not matter.
  ['a new installation', workload('2026-10-01T00:00:00Z'), { isNew: true }, []],
])('after %s', async (_, answer, { isNew }, restarts) => {
  const { host } = on
  on.script(`${HELM} get metadata cloudcore`, JSON.stringify({ ...METADATA, deployedAt: DEPLOYED }))
  on.script('kubectl', answer)
  await restartStale({ host, directory: `${on.root}/data/archive` }, cluster, {
    chart: CLOUDCORE,
    settings: {},
    isNew,
  })
  expect(on.calls.filter((call) => call.includes('rollout'))).toEqual(restarts)
})

it('a release that helm no longer has restarts nothing', async () => {
  on.script('kubectl', workload('2026-10-01T00:00:00Z'))
  on.script(HELM, NO_RELEASE)
  const bundle = { host: on.host, directory: `${on.root}/data/archive` }
  await restartStale(bundle, cluster, { chart: CLOUDCORE, settings: {}, isNew: false })
  expect(on.calls.filter((call) => call.includes('rollout'))).toEqual([])
})
