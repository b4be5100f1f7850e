import { describe, expect, it } from 'vitest'
import { nodesOf } from '../kube/nodes.ts'
import { skews } from './skew.ts'
import { clusterVersions } from './versions.ts'

const EDGE = { 'node-role.kubernetes.io/edge': '' }
const node = (name: string, kubeletVersion: string, labels = {}) => ({
  metadata: { name, labels },
  status: { nodeInfo: { kubeletVersion } },
})
const pod = (nodeName: string, image: string, metadata = {}) => ({
  metadata,
  spec: { nodeName, containers: [{ image }] },
})

describe('clusterVersions', () => {
  it('reads node objects and images', () => {
    const nodes = {
      items: [
        node('cloud', 'v1.34.2+k3s1'),
        node('edge', 'v1.31.12-kubeedge-v1.22.0', EDGE),
        node('new', 'v1.31.12-kubeedge-v1.22.2', EDGE),
      ],
    }
    const pods = {
      items: [
        pod('cloud', 'kubeedge/cloudcore:v1.22.2'),
        pod('edge', 'docker.io/kubeedge/edgemesh-agent:v1.17.0'),
        pod('edge', 'kubeedge/edgemesh-agent:v1.16.0', { deletionTimestamp: '2026-11-28T08:00:00Z' }),
        pod('cloud', 'kubeedge/edgemesh-agent:v1.17.1'),
      ],
    }
    expect(clusterVersions(nodesOf(nodes), pods)).toEqual({
      cloud: { kubeedge: '1.22.2', edgemesh: '1.17.1', kubernetes: '1.34.2+k3s1' },
      edges: [
        { name: 'edge', kubeedge: '1.22.0', edgemesh: '1.17.0', kubernetes: '1.31.12' },
        { name: 'new', kubeedge: '1.22.2', edgemesh: undefined, kubernetes: '1.31.12' },
      ],
    })
    expect(clusterVersions(undefined, pods)).toBeUndefined()
  })
})

describe('skews', () => {
  const cloud = { kubeedge: '1.22.2', edgemesh: '1.17.0', kubernetes: '1.34.2+k3s1' }
  const edge = { name: 'edge', kubeedge: '1.22.2', edgemesh: '1.17.0', kubernetes: '1.31.12' }
  const seen = (other: object) => skews({ cloud, edges: [{ ...edge, ...other }] })

  it.each([
    ['an older patch version', { kubeedge: '1.22.0' }, true, 'these edges one after the other'],
    ['a newer patch version', { kubeedge: '1.22.3' }, true, 'upgrade the cloud first'],
    ['the minor version before', { kubeedge: '1.21.5' }, true, 'these edges one after the other'],
    ['an older agent', { edgemesh: '1.16.0' }, true, 'these edges one after the other'],
    ['a newer agent', { edgemesh: '1.17.1' }, true, 'upgrade the cloud first'],
    ['the next minor version', { kubeedge: '1.23.0' }, false, 'upgrade the cloud first'],
    ['two minor versions before', { kubeedge: '1.20.0' }, false, 'KubeEdge 1.21 before'],
    ['a kubelet that is too old', { kubernetes: '1.30.1' }, false, 'KubeEdge 1.21 before'],
    ['a kubelet newer than the API server', { kubernetes: '1.35.0' }, false, 'upgrade the cloud first'],
  ])('%s', (_name, other, supported, fix) => {
    const [skew] = seen(other)
    expect(skew?.supported).toBe(supported)
    expect(skew?.fix.en).toContain(fix)
  })

  it('has nothing to say of equal versions, or of unknown ones', () => {
    expect(seen({})).toEqual([])
    expect(seen({ kubeedge: undefined, kubernetes: undefined, edgemesh: undefined })).toEqual([])
    expect(seen({ kubeedge: 'v-own' })).toEqual([])
  })

  it('names all edges of a kind together', () => {
    const edges = ['a', 'b'].map((name) => ({ ...edge, name, kubeedge: '1.22.0' }))
    expect(skews({ cloud, edges })).toHaveLength(1)
    expect(skews({ cloud, edges })[0]?.seen.en).toContain('a: KubeEdge 1.22.0')
  })
})
