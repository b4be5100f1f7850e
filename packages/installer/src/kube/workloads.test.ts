import { describe, expect, it } from 'vitest'
import {
  agent,
  clusterWith,
  daemonSet,
  deployment,
  evicted,
  pod,
  RELEASE,
  unbound,
} from './workloads.sample.ts'
import { workloadsUp } from './workloads.ts'

function look(items: readonly unknown[] | undefined, { ours = true } = {}) {
  const { cluster, asked } = clusterWith(items)
  return { seen: workloadsUp(cluster, { ...RELEASE, ours }), asked }
}

const deleted = (one: ReturnType<typeof pod>) => ({
  ...one,
  metadata: { ...one.metadata, deletionTimestamp: '2026-11-29T12:00:00Z' },
})

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
    ['the API does not answer', undefined, 'the API does not respond'],
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
    [
      'a pod of this node is being deleted, also one of a former DaemonSet of the name',
      [deployment(1), daemonSet(1), deleted(pod('agent-1', agent('2'), 'cloud'))],
      'agent-1 is being deleted',
    ],
    [
      'a rollout has made no pod yet, and another node has a pod that failed before',
      [deployment(0), daemonSet(0), pod('old', { app: 'cloudcore' }, 'edge', 'Evicted')],
      'old: Evicted',
    ],
  ])('says what is missing: %s', async (_name, items, text) => {
    expect(await look(items).seen).toMatchObject({ en: text })
  })

  it.each([
    ['evicted', [evicted('cloudcore-1', { app: 'cloudcore' }, 'cloud')], 'cloudcore-1: Evicted'],
    [
      'refused, and another one waits',
      [
        evicted('cloudcore-1', { app: 'cloudcore' }, 'cloud', 'NodePorts'),
        pod('cloudcore-2', { app: 'cloudcore' }, 'cloud', 'ContainerCreating'),
      ],
      'cloudcore-2: ContainerCreating',
    ],
  ])('names of a Deployment the pod that stands for one that was %s', async (_what, pods, text) => {
    expect(await look([deployment(0), daemonSet(0), ...pods]).seen).toMatchObject({ en: text })
  })

  it('takes a pod that was evicted for none: its DaemonSet’s controller has yet to create another', async () => {
    const gone = evicted('agent-1', agent('2'), 'cloud')
    const other = pod('agent-2', agent('2'), 'edge')
    expect(await look([deployment(1), daemonSet(2), gone, other]).seen).toMatchObject({
      en: 'agent-1: Evicted',
    })
    const again = pod('agent-3', agent('2'), 'cloud')
    expect(await look([deployment(1), daemonSet(2), gone, other, again]).seen).toBe(true)
  })

  it('does not wait for a new pod elsewhere though an evicted one lies here', async () => {
    const items = [
      evicted('cloudcore-0', { app: 'cloudcore' }, 'cloud'),
      pod('cloudcore-1', { app: 'cloudcore' }, 'cloud'),
      pod('cloudcore-2', { app: 'cloudcore' }, 'edge', 'ErrImageNeverPull'),
    ]
    expect(await look([deployment(1, 2), daemonSet(0), ...items]).seen).toBe(true)
  })

  it('does not wait for pods that no node here is wanted for', async () => {
    expect(await look([deployment(1), daemonSet(0)]).seen).toBe(true)
    expect(await look([deployment(1), daemonSet(1), unbound('agent-1', 'edge')]).seen).toBe(true)
  })

  it('does not wait for a new pod on another node while the old one runs: an edge that is upgraded later', async () => {
    const gateway = [pod('gateway-2', { app: 'cloudcore' }, 'edge', 'ErrImageNeverPull')]
    expect(await look([deployment(1, 2), daemonSet(0), ...gateway]).seen).toBe(true)
    const here = [pod('gateway-2', { app: 'cloudcore' }, 'cloud', 'ErrImageNeverPull')]
    expect(await look([deployment(1, 2), daemonSet(0), ...here]).seen).not.toBe(true)
  })

  it('lets somebody else say when the pods of their release are replaced', async () => {
    const items = [deployment(1), daemonSet(2), pod('agent-1', agent('1'), 'cloud')]
    expect(await look(items, { ours: false }).seen).toBe(true)
  })
})
