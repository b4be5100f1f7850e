import { expect, it } from 'vitest'
import type { Cluster } from '../kube/kubectl.ts'
import { nodesOf } from '../kube/nodes.ts'
import { nodeIdentity } from '../kubeedge/node-identity.ts'
import { clusterMachines, namesShared } from './machines.ts'

const node = (name: string, machineID: string, address: string) => ({
  metadata: { name },
  status: { addresses: [{ type: 'InternalIP', address }], nodeInfo: { machineID } },
})

it('names a node on which two machines report, and what tells them apart', () => {
  const items = [
    node('edge', 'a', '10.0.0.2'),
    node('edge', 'b', '10.0.0.3'),
    node('edge', 'a', '10.0.0.2'),
    node('other', 'c', '10.0.0.4'),
  ]
  const reports = (nodesOf({ items }) ?? []).flatMap((one) => nodeIdentity(one) ?? [])
  expect(namesShared(reports)).toMatchObject([
    {
      code: 'NODE_NAME_SHARED',
      seen: {
        en: 'two machines report as node edge: 10.0.0.2, machine-id a; 10.0.0.3, machine-id b',
      },
    },
  ])
})

it('watches nodes for a while, and finds machine-ids that two of them have', async () => {
  const items = [node('edge-1', 'a', '10.0.0.2'), node('edge-2', 'a', '10.0.0.3')]
  const calls: string[] = []
  const nodes = nodesOf({ items }) ?? []
  const cluster: Cluster = {
    host: {
      root: '/',
      env: {},
      now: Date.now,
      exec: async (_command, args) => {
        calls.push(args.join(' '))
        const isWatch = args.includes('--watch-only')
        const stdout = isWatch ? 'edge-1 z 10.0.0.9\nedge-1 a' : JSON.stringify({ items })
        return { code: isWatch ? 124 : 0, stdout, stderr: '' }
      },
    },
    kubectl: ['kubectl'],
    kubeconfig: '/k',
  }
  const found = await clusterMachines(cluster, nodes)
  expect(found.map(({ code, severity }) => [code, severity])).toEqual([
    ['NODE_NAME_SHARED', undefined],
    ['MACHINE_ID_SHARED', 'warning'],
  ])
  expect(calls).toHaveLength(1)
})
