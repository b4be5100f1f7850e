import { expect, it } from 'vitest'
import { K3S_CLUSTER } from '../kube/access.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { sampleNode } from '../kube/nodes.sample.ts'
import { type CloudView, nodeDiagnoses } from './nodes.ts'

const cluster = K3S_CLUSTER as Cluster
const cloud = sampleNode('cloud', { addresses: ['10.77.0.1'] })
const edge = (name: string, address: string, ready = true) =>
  sampleNode(name, { isEdge: true, addresses: [address], ready })
const found = (view: Partial<CloudView>) =>
  nodeDiagnoses(cluster, { nodes: [cloud], own: 'cloud', peers: [], ...view })
const said = (view: Partial<CloudView>) => found(view).map(({ code, seen }) => `${code}: ${seen.en}`)

it('finds nothing where every node is Ready and every edge has a Node', () => {
  expect(said({ nodes: [cloud, edge('e', '10.77.0.2')], peers: ['10.77.0.2'] })).toEqual([])
  expect(said({ own: undefined, nodes: [sampleNode('other')] })).toEqual([])
})

it('tells that its own Node was deleted, and what registers it again', () => {
  const [deleted] = found({ nodes: [edge('e', '10.77.0.2')] })
  expect(deleted).toMatchObject({
    code: 'NODE_DELETED',
    fix: { en: expect.stringContaining('./install.sh') },
  })
  expect(deleted?.seen.en).toContain('Node cloud (this machine)')
})

it('tells of an edge that is connected and has no Node', () => {
  const nodes = [cloud, edge('e', '10.77.0.2')]
  expect(said({ nodes, peers: ['10.77.0.2', '10.77.0.3'] })).toEqual([
    'NODE_DELETED: an edge at 10.77.0.3 is connected to CloudHub, and no Node is its',
  ])
})

it('takes an address that edges share for theirs, as long as there are no more connections than edges', () => {
  const nodes = [cloud, edge('a', '192.168.1.2'), edge('b', '192.168.1.3')]
  expect(said({ nodes, peers: ['10.0.0.254', '10.0.0.254'] })).toEqual([])
  expect(said({ nodes, peers: ['10.0.0.254', '10.0.0.254', '10.0.0.254'] })).toHaveLength(1)
})

it('names nodes that are not Ready, edges apart', () => {
  const nodes = [{ ...cloud, ready: false }, edge('a', '10.77.0.2', false), edge('b', '10.77.0.3', false)]
  expect(found({ nodes, address: '10.77.0.9' })[1]?.fix.en).toContain('./install.sh --yes --cloud 10.77.0.9')
  expect(said({ nodes })).toEqual(['NODE_NOT_READY: not Ready: cloud', 'NODE_NOT_READY: not Ready: a, b'])
})

it('says of an edge that is not Ready, after the cloud has moved, where it looks and how it follows', () => {
  const view = { address: '10.77.0.9', formerAddresses: ['10.77.0.1'] }
  const [away] = found({ nodes: [cloud, edge('a', '10.77.0.2', false)], ...view })
  expect(away?.cause.en).toContain('no longer advertised at 10.77.0.1')
  expect(away?.fix.en).toMatch(/^on that node, .*: sudo \.\/install\.sh --yes --cloud 10\.77\.0\.9\./)
  expect(found({ nodes: [cloud, edge('a', '10.77.0.2')], ...view })).toEqual([])
})
