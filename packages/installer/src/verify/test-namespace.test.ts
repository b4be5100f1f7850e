import type { WorkEvent } from '@edgelift/core'
import { expect, it } from 'vitest'
import type { Cluster } from '../kube/kubectl.ts'
import { namespacesGone } from './test-namespace.ts'

const MESSAGE =
  'Discovery failed for some groups, 1 failing: metrics.k8s.io/v1beta1: stale GroupVersion discovery'

/** @param looks what the API lists, one after the other; undefined: it does not respond */
async function warnings(looks: readonly (object[] | undefined)[]): Promise<string[]> {
  let look = 0
  const cluster: Cluster = {
    host: {
      root: '/',
      env: {},
      now: Date.now,
      exec: async () => {
        const items = looks[Math.min(look++, looks.length - 1)]
        return items === undefined
          ? { code: 1, stdout: '', stderr: 'Unable to connect to the server' }
          : { code: 0, stdout: JSON.stringify({ items }), stderr: '' }
      },
    },
    kubectl: ['kubectl'],
    kubeconfig: '/k',
  }
  const said: string[] = []
  const report = (event: WorkEvent) => {
    if (event.type === 'note') said.push(event.text.en)
  }
  await namespacesGone(cluster, report, 1)
  return said
}

const namespace = (conditions: object[]) => ({
  metadata: { name: 'edgelift-verify-1' },
  status: { phase: 'Terminating', conditions },
})

it('says nothing once the namespace is gone', async () => {
  expect(await warnings([[namespace([])], []])).toEqual([])
})

it('says what holds up a namespace that stays, and when it will go', async () => {
  const held = { type: 'NamespaceDeletionDiscoveryFailure', status: 'True', message: MESSAGE }
  const [said] = await warnings([[namespace([held])]])
  expect(said).toContain('edgelift-verify-1')
  expect(said).toContain('metrics.k8s.io/v1beta1')
  expect(said).toContain('get apiservices')
})

it('does not take an API that is silent for one without the namespace', async () => {
  expect(await warnings([undefined, []])).toEqual([])
  expect(await warnings([[namespace([])], undefined])).toEqual([
    expect.stringContaining('the API does not respond'),
  ])
})
