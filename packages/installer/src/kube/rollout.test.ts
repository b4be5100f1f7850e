import { describe, expect, it } from 'vitest'
import type { Cluster } from './kubectl.ts'
import { holdDaemonSets, outdatedPods, replaceElsewhere } from './rollout.ts'
import { agent, clusterWith, daemonSet, deployment, node, pod, RELEASE } from './workloads.sample.ts'

const NEW = 'kubeedge/agent:v2'
const { signal } = new AbortController()
const deleted = (asked: readonly (readonly string[])[]) =>
  asked
    .filter(([, , verb]) => verb === 'delete')
    .flatMap((args) => args.filter((one) => one.startsWith('agent-')))

describe('outdatedPods', () => {
  it("takes pods of an older template, once the DaemonSet's controller has seen the new one", async () => {
    const pods = [
      pod('agent-1', agent('1'), 'cloud'),
      pod('agent-2', agent('1'), 'edge'),
      pod('agent-3', agent('2'), 'cloud-2'),
      pod('cloudcore-1', { app: 'cloudcore' }, 'cloud'),
    ]
    const { cluster } = clusterWith(
      [node('cloud'), node('cloud-2'), node('edge', [])],
      undefined,
      [deployment(1), daemonSet(2, { observed: 2, image: NEW }), ...pods],
      [deployment(1), daemonSet(2, { image: NEW }), ...pods],
    )
    expect((await outdatedPods(cluster, RELEASE)).map(({ name, place }) => [name, place])).toEqual([
      ['agent-1', 'here'],
      ['agent-2', 'lacking'],
    ])
  })

  it.each([
    ['lacks the new image', [], 'kubeedge/agent:v1', NEW, 'lacking'],
    ['was upgraded first', [`docker.io/${NEW}`], 'kubeedge/agent:v1', NEW, 'edge'],
    ['runs the same image: only settings changed', [], NEW, NEW, 'edge'],
  ])('an edge that %s', async (_name, held, old, image, expected) => {
    const { cluster } = clusterWith(
      [node('cloud'), node('edge', held)],
      [daemonSet(1, { image }), pod('agent-2', agent('1'), 'edge', undefined, old)],
    )
    expect((await outdatedPods(cluster, RELEASE)).map(({ place }) => place)).toEqual([expected])
  })

  it('leaves out pods that are being deleted, and asks for no nodes when none is left', async () => {
    const going = pod('agent-1', agent('1'), 'edge')
    const { cluster, asked } = clusterWith(
      [node('edge', [])],
      [
        daemonSet(1),
        { ...going, metadata: { ...going.metadata, deletionTimestamp: '2026-11-28T08:00:00Z' } },
      ],
    )
    expect(await outdatedPods(cluster, RELEASE)).toEqual([])
    expect(asked).toHaveLength(1)
  })
})

it('takes an API that is silent for none without outdated pods', async () => {
  const { cluster } = clusterWith([node('cloud')], undefined)
  await expect(outdatedPods(cluster, RELEASE, 0)).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
})

describe('replaceElsewhere', () => {
  it('keeps the pods of edges that lack the image, and names them', async () => {
    const { cluster, asked } = clusterWith(
      [node('cloud'), node('b', []), node('a', [])],
      [
        daemonSet(2, { image: NEW }),
        pod('agent-2', agent('1'), 'b'),
        pod('agent-3', agent('1'), 'a'),
        pod('agent-4', agent('1'), 'a'),
      ],
    )
    expect(await replaceElsewhere(cluster, RELEASE, signal)).toEqual({ edges: ['a', 'b'], stuck: undefined })
    expect(deleted(asked)).toEqual([])
  })

  it('replaces those of other cloud nodes one by one, each after the former is ready', async () => {
    const all = (...pods: readonly object[]) => [daemonSet(2, { image: NEW }), ...pods]
    const [first, second] = [pod('agent-1', agent('1'), 'cloud-1'), pod('agent-2', agent('1'), 'cloud-2')]
    const { cluster, asked } = clusterWith(
      [node('cloud'), node('cloud-1'), node('cloud-2')],
      all(first, second),
      [], // the answer to the deletion
      all(first, second),
      all(pod('agent-3', agent('2'), 'cloud-1', 'ContainerCreating'), second),
      all(pod('agent-3', agent('2'), 'cloud-1'), second),
      [],
      all(pod('agent-3', agent('2'), 'cloud-1'), pod('agent-4', agent('2'), 'cloud-2')),
    )
    expect(await replaceElsewhere(cluster, RELEASE, signal)).toEqual({ edges: [], stuck: undefined })
    expect(asked.map(([, , verb]) => verb).slice(2)).toEqual(['delete', 'get', 'get', 'get', 'delete', 'get'])
  })
})

describe('holdDaemonSets', () => {
  const clusterWhere = (type: string) => {
    const asked: string[][] = []
    const exec = async (_command: string, args: readonly string[]) => {
      asked.push(args.slice(2))
      return { code: 0, stdout: args.includes('get') ? type : '', stderr: '' }
    }
    return {
      cluster: { host: { exec }, kubectl: ['kubectl'], kubeconfig: '/k' } as unknown as Cluster,
      asked,
    }
  }

  it('has DaemonSets wait for their pods to be deleted, and leaves those that do', async () => {
    const rolling = clusterWhere('RollingUpdate')
    await holdDaemonSets(rolling.cluster, RELEASE)
    expect(rolling.asked.at(-1)?.join(' ')).toMatch(/^patch -n kubeedge daemonset agent .*OnDelete/)
    const held = clusterWhere('OnDelete')
    await holdDaemonSets(held.cluster, RELEASE)
    expect(held.asked).toHaveLength(1)
  })

  it("leaves a chart's own update strategy alone, which would otherwise count as changed by hand", async () => {
    const { cluster, asked } = clusterWhere('RollingUpdate')
    const manifest = `kind: DaemonSet
metadata: { name: agent }
spec: { updateStrategy: { type: RollingUpdate } }
`
    await holdDaemonSets(cluster, { ...RELEASE, manifest })
    expect(asked).toEqual([])
  })
})
