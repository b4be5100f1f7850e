import { describe, expect, it } from 'vitest'
import type { Cluster } from './kubectl.ts'
import { replaceOutdatedPods, workloadsUp } from './workloads.ts'

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

const daemonSet = (wanted: number, { observed = 3 } = {}) => ({
  kind: 'DaemonSet',
  metadata: {
    name: 'agent',
    generation: 3,
    annotations: { 'deprecated.daemonset.template.generation': '2' },
  },
  spec: { selector: { matchLabels: { app: 'agent', of: 'mesh' } } },
  status: { observedGeneration: observed, desiredNumberScheduled: wanted },
})

const agent = (generation: string) => ({ app: 'agent', of: 'mesh', 'pod-template-generation': generation })

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

/** A pod of the DaemonSet as its controller makes it, for a node to which the scheduler has not bound it. */
const unbound = (name: string, node: string) => ({
  kind: 'Pod',
  metadata: { name, labels: agent('2') },
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
        },
      },
    },
  },
  status: { phase: 'Pending' },
})

/** A cluster that settings with these objects, one list after the other, and what it was asked. */
function clusterWith(...settings: (readonly unknown[] | undefined)[]) {
  const asked: string[][] = []
  const exec = async (_command: string, args: readonly string[]) => {
    asked.push(args.slice(2))
    const items = settings.length > 1 ? settings.shift() : settings[0]
    return { code: items === undefined ? 1 : 0, stdout: JSON.stringify({ items }), stderr: '' }
  }
  return { cluster: { host: { exec }, kubectl: ['kubectl'], kubeconfig: '/k' } as unknown as Cluster, asked }
}

const RELEASE = { manifest: MANIFEST, namespace: 'kubeedge', nodeName: 'cloud', ours: true }

function look(items: readonly unknown[] | undefined, { ours = true } = {}) {
  const { cluster, asked } = clusterWith(items)
  return { seen: workloadsUp(cluster, { ...RELEASE, ours }), asked }
}

describe('workloadsUp', () => {
  it('is true when all run, and has asked once', async () => {
    const { seen, asked } = look([
      deployment(1),
      daemonSet(2),
      pod('agent-1', agent('2'), 'cloud'),
      pod('agent-2', agent('1'), 'edge', 'ImagePullBackOff'), // another node's affair
    ])
    expect(await seen).toBe(true)
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['the API does not answer', undefined, 'Deployment cloudcore is missing'],
    ['one is not there', [deployment(1)], 'DaemonSet agent is missing'],
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
    [
      'the pod for this node is not bound to it yet',
      [deployment(1), daemonSet(2), unbound('agent-1', 'cloud'), pod('agent-2', agent('2'), 'edge')],
      'agent-1: Pending',
    ],
    [
      'the only pods are those of another node, of which one is a leftover',
      [deployment(1), daemonSet(2), pod('a', agent('2'), 'edge'), pod('b', agent('1'), 'edge', 'Evicted')],
      'no pod of agent on cloud yet',
    ],
    [
      'a pod of this node is of an older template',
      [deployment(1), daemonSet(2), pod('agent-1', agent('1'), 'cloud')],
      'agent-1 has yet to be replaced',
    ],
  ])('says what is missing: %s', async (_name, items, text) => {
    expect(await look(items).seen).toMatchObject({ en: text })
  })

  it('does not wait for pods that no node here is wanted for', async () => {
    expect(await look([deployment(1), daemonSet(0)]).seen).toBe(true)
    expect(await look([deployment(1), daemonSet(1), unbound('agent-1', 'edge')]).seen).toBe(true)
  })

  it('lets somebody else say when the pods of their release are replaced', async () => {
    const items = [deployment(1), daemonSet(2), pod('agent-1', agent('1'), 'cloud')]
    expect(await look(items, { ours: false }).seen).toBe(true)
  })
})

describe('replaceOutdatedPods', () => {
  it("deletes this node's pods of an older template, once the DaemonSet's controller has seen the new one", async () => {
    const pods = [
      pod('agent-1', agent('1'), 'cloud'),
      pod('agent-2', agent('1'), 'edge'),
      pod('cloudcore-1', { app: 'cloudcore' }, 'cloud'),
    ]
    const { cluster, asked } = clusterWith(
      undefined,
      [deployment(1), daemonSet(2, { observed: 2 }), ...pods],
      [deployment(1), daemonSet(2), ...pods],
    )
    await replaceOutdatedPods(cluster, RELEASE)
    expect(asked.map(([, , verb]) => verb)).toEqual(['get', 'get', 'get', 'delete'])
    expect(asked[3]).toEqual(['-n', 'kubeedge', 'delete', 'pods', 'agent-1', '--ignore-not-found'])
  })

  it('deletes nothing when all are new', async () => {
    const { cluster, asked } = clusterWith([daemonSet(1), pod('agent-1', agent('2'), 'cloud')])
    await replaceOutdatedPods(cluster, RELEASE)
    expect(asked).toHaveLength(1)
  })
})
