import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nodesOf } from '../kube/nodes.ts'
import { CONNECTED, type MetaServerTrial, metaServerTrial } from '../testing/meta-server.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { clusterVersions, versionsOnCloud, versionsOnEdge } from './versions.ts'

const node = (name: string, kubeletVersion: string, isEdge = false) => ({
  metadata: { name, labels: isEdge ? { 'node-role.kubernetes.io/edge': '' } : {} },
  status: { nodeInfo: { kubeletVersion } },
})
const pod = (nodeName: string | null, image: string, deletionTimestamp?: string) => ({
  metadata: { deletionTimestamp },
  spec: { nodeName, containers: [{ image }] },
})
const NODES = { items: [node('cloud', 'v1.34.2+k3s1'), node('edge', 'v1.31.12-kubeedge-v1.22.0', true)] }
const PODS = { items: [pod('cloud', 'docker.io/kubeedge/cloudcore:v1.22.0')] }
const SEEN = {
  cloud: { kubeedge: '1.22.0', edgemesh: undefined, kubernetes: '1.34.2+k3s1' },
  edges: [{ name: 'edge', kubeedge: '1.22.0', edgemesh: undefined, kubernetes: '1.31.12' }],
}

describe('a version of an image is that of the pod which runs', () => {
  const cloud = (...pods: object[]) => clusterVersions(nodesOf(NODES), { items: pods })?.cloud
  const agent = 'r:5000/kubeedge/edgemesh-agent:v1.17.0'
  it.each([
    ['on the cloud, from a registry with a port', [pod('cloud', agent)], '1.17.0'],
    ['not on an edge', [pod('edge', agent)], undefined],
    ['not on its way out', [pod('cloud', agent, '2026-01-01T00:00:00Z')], undefined],
    ['not of an image whose name only ends alike', [pod('cloud', 'x/my-edgemesh-agent:v9')], undefined],
    ['not of an image without a tag', [pod('cloud', 'r:5000/kubeedge/edgemesh-agent')], undefined],
    ['of a pod that no node has yet', [pod(null, agent)], '1.17.0'],
  ])('%s', (_what, pods, expected) => {
    expect(cloud(...pods)?.edgemesh).toBe(expected)
  })

  it('an edge’s is its own, whatever the others run', () => {
    const nodes = nodesOf({ items: [...NODES.items, node('edge-2', 'v1.30.7-kubeedge-v1.21.0', true)] })
    const pods = { items: [pod('edge', agent), pod('edge-2', 'kubeedge/edgemesh-agent:v1.16.0')] }
    expect(clusterVersions(nodes, pods)?.edges).toEqual([
      { name: 'edge', kubeedge: '1.22.0', edgemesh: '1.17.0', kubernetes: '1.31.12' },
      { name: 'edge-2', kubeedge: '1.21.0', edgemesh: '1.16.0', kubernetes: '1.30.7' },
    ])
  })
})

describe('what runs where is not known', () => {
  let on: Trial
  let meta: MetaServerTrial
  beforeEach(async () => {
    meta = await metaServerTrial()
    on = await trial({ metaServer: meta.server })
  })
  afterEach(async () => {
    await meta[Symbol.asyncDispose]()
    await on[Symbol.asyncDispose]()
  })

  it('on the cloud while the API is silent about nodes or pods', async () => {
    const kubectl = 'kubectl --kubeconfig /k'
    const seen = () => versionsOnCloud({ host: on.host, kubectl: ['kubectl'], kubeconfig: '/k' })
    on.script(`${kubectl} get nodes`, JSON.stringify(NODES))
    expect(await seen()).toBeUndefined()
    on.script(`${kubectl} -n kubeedge get pods`, JSON.stringify(PODS))
    expect(await seen()).toEqual(SEEN)
    on.script(`${kubectl} get nodes`, { code: 1 })
    expect(await seen()).toBeUndefined()
  })

  it('on an edge without a connection: its metaServer would tell what was', async () => {
    meta.set('/api/v1/nodes', NODES)
    meta.set('/api/v1/namespaces/kubeedge/pods', PODS)
    on.script('ss', CONNECTED)
    expect(await versionsOnEdge(on.host, 10_000)).toEqual(SEEN)
    on.script('ss', '')
    expect(await versionsOnEdge(on.host, 10_000)).toBeUndefined()
    on.script('ss', CONNECTED)
    meta.set('/api/v1/namespaces/kubeedge/pods', undefined)
    expect(await versionsOnEdge(on.host, 10_000)).toBeUndefined()
  })
})
