import type { BundleManifest } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Change } from '../state/change.ts'
import { receiptFor } from '../state/host-changes.ts'
import { BASELINE, HEAD, type Trial, trial } from '../testing/trial.ts'
import { checkCluster } from './cluster-check.ts'

const KUBECONFIG = '/root/kubeconfig'
const NODES = `/usr/bin/kubectl --kubeconfig ${KUBECONFIG} get nodes`
const RELEASE: Change = { kind: 'release', release: 'cloudcore', namespace: 'kubeedge' }

let on: Trial
beforeEach(async () => {
  on = await trial()
  await on.put(KUBECONFIG)
  await on.put('/usr/bin/kubectl')
})
afterEach(() => on[Symbol.asyncDispose]())

/** What is told of an installation on an existing cluster, or on the archive's own K3s. */
async function told(
  changes: readonly Change[],
  kubeEdgeOnly: { kubeconfig: string } | 'own' = { kubeconfig: KUBECONFIG },
) {
  const receipt = receiptFor(
    { ...HEAD, role: 'cloud', ...(kubeEdgeOnly === 'own' ? {} : { kubeEdgeOnly }) },
    undefined,
    BASELINE,
  )
  const texts: Text[] = []
  await checkCluster({
    host: on.host,
    ...{ directory: '/data/archive', manifest: {} as BundleManifest, kept: [] },
    receipt: { ...receipt, steps: [{ stepId: 'a', title: { en: 'a', zh: 'a' }, changes: [...changes] }] },
    signal: new AbortController().signal,
    told: (text) => void texts.push(text),
  })
  return texts
}

const node = (name: string, labels: object = {}) => ({ metadata: { name, labels } })
const EDGE = { 'node-role.kubernetes.io/edge': '' }

it('names the edges that are still in the cluster, with the line that removes them', async () => {
  on.script(NODES, JSON.stringify({ items: [node('cloud'), node('edge-1', EDGE), node('edge-2', EDGE)] }))
  const line = `/usr/bin/kubectl --kubeconfig ${KUBECONFIG} delete node edge-1 edge-2`
  expect(await told([RELEASE])).toEqual([
    { en: expect.stringContaining(line), zh: expect.stringContaining(line) },
  ])
  on.script(NODES, JSON.stringify({ items: [node('cloud')] }))
  expect(await told([RELEASE])).toEqual([])
})

it('refuses one that does not respond, with what to do if it is gone', async () => {
  on.script(NODES, { code: 1, stderr: 'connection refused' })
  await expect(told([RELEASE])).rejects.toMatchObject({
    code: 'STEP_FAILED',
    fix: { en: expect.stringContaining(`remove ${KUBECONFIG} first`) },
  })
})

it('says that a cluster whose kubeconfig is gone keeps what is in it', async () => {
  expect(await told([RELEASE], { kubeconfig: '/root/moved' })).toEqual([
    { en: expect.stringContaining('stays there'), zh: expect.stringContaining('将保留') },
  ])
})

it.each([
  ['nothing was done in it', [{ kind: 'file', path: '/etc/x' }], { kubeconfig: KUBECONFIG }],
  ['nothing was done in it, and its kubeconfig is gone', [], { kubeconfig: '/root/moved' }],
  ['it is the archive’s own', [RELEASE], 'own'],
] as const)('asks nothing where %s', async (_what, changes, only) => {
  expect([await told(changes, only), on.calls]).toEqual([[], []])
})
