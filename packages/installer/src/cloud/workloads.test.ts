import { describe, expect, it } from 'vitest'
import type { Cluster } from './kubectl.ts'
import { workloadsUp } from './workloads.ts'

const MANIFEST = `kind: Deployment
metadata: { name: cloudcore }
---
kind: ConfigMap
metadata: { name: cloudcore }
---
kind: DaemonSet
metadata: { name: agent, namespace: kubeedge }
`

const deployment = (updatedReplicas: number, replicas = 1) => ({
  kind: 'Deployment',
  metadata: { name: 'cloudcore', generation: 2 },
  spec: { replicas: 1, selector: { matchLabels: { app: 'cloudcore' } } },
  status: { observedGeneration: 2, replicas, updatedReplicas, availableReplicas: 1 },
})

const daemonSet = (wanted: number) => ({
  kind: 'DaemonSet',
  metadata: { name: 'agent', generation: 1 },
  spec: { selector: { matchLabels: { app: 'agent', of: 'mesh' } } },
  status: { observedGeneration: 1, desiredNumberScheduled: wanted, currentNumberScheduled: 0 },
})

const pod = (name: string, labels: Record<string, string>, nodeName: string, reason?: string) => ({
  kind: 'Pod',
  metadata: { name, labels },
  spec: { nodeName },
  status: {
    phase: reason === undefined ? 'Running' : 'Pending',
    containerStatuses: [
      {
        ready: reason === undefined,
        restartCount: 0,
        state: reason === undefined ? {} : { waiting: { reason } },
      },
    ],
  },
})

function look(items: readonly unknown[] | undefined) {
  const asked: string[][] = []
  const exec = async (_command: string, args: readonly string[]) => {
    asked.push([...args])
    return { code: items === undefined ? 1 : 0, stdout: JSON.stringify({ items }), stderr: '' }
  }
  const cluster = { host: { exec }, kubectl: ['kubectl'], kubeconfig: '/k' } as unknown as Cluster
  const seen = workloadsUp(cluster, { manifest: MANIFEST, namespace: 'kubeedge', nodeName: 'cloud' })
  return { seen, asked }
}

describe('workloadsUp', () => {
  it('is true when all run, and has asked once', async () => {
    const { seen, asked } = look([
      deployment(1),
      daemonSet(2),
      pod('agent-1', { app: 'agent', of: 'mesh', more: 'x' }, 'cloud'),
      pod('agent-2', { app: 'agent', of: 'mesh' }, 'edge', 'ImagePullBackOff'), // another node's affair
    ])
    expect(await seen).toBe(true)
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['the API does not answer', undefined, 'Deployment cloudcore is not there'],
    ['one is not there', [deployment(1)], 'DaemonSet agent is not there'],
    [
      'a pod of the deployment waits',
      [deployment(0), pod('cloudcore-1', { app: 'cloudcore' }, 'cloud', 'ErrImageNeverPull')],
      'cloudcore-1: ErrImageNeverPull',
    ],
    ['an old pod stands in for a new one', [deployment(1, 2)], 'Deployment cloudcore'],
    [
      'no pod has come to this node, others of the same namespace have',
      [deployment(1), daemonSet(1), pod('other', { app: 'agent', of: 'another' }, 'cloud')],
      'no pod of agent on cloud yet',
    ],
  ])('says what is missing: %s', async (_name, items, text) => {
    expect(await look(items).seen).toMatchObject({ en: text })
  })

  it('does not wait for pods that no node here is wanted for', async () => {
    expect(await look([deployment(1), daemonSet(0)]).seen).toBe(true)
  })
})
