import { clusterOf, formatKubectl, type Place } from '../kube/access.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { mustListNodes } from '../kube/nodes.ts'
import { hubPeers } from '../kubeedge/hub-connection.ts'
import { type Facts, formatUnread } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { dialledAddress } from '../settings/cloud.ts'
import { nodeNameOf } from '../settings/edge.ts'
import { HUB_PORT } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import { launcherOf } from '../state/way-back.ts'
import type { NodeChecks } from '../verify/node-checks.ts'
import { clusterClocks } from './clocks.ts'
import { apiDiagnoses, cloudCoreDiagnoses, podDiagnoses } from './cluster.ts'
import type { Diagnosis } from './diagnosis.ts'
import { clusterMachines } from './machines.ts'
import { meshRefreshDiagnoses } from './mesh-refresh.ts'
import { certificates, changes, chosenChecks, probeOf, services, type Watcher } from './node-probes.ts'
import { nodeDiagnoses } from './nodes.ts'
import { notFoundOut, type Probe, runProbes } from './probe.ts'
import { pskDiagnoses } from './psk.ts'

/** What is wrong with a cloud, besides its host. */
export async function cloudDiagnoses(
  place: Place,
  receipt: Receipt,
  facts: Facts,
  watcher: Watcher,
): Promise<Diagnosis[]> {
  const { host } = place
  const units = receipt.kubeEdgeOnly === undefined ? ['k3s.service'] : []
  const cluster = await clusterOf(place, receipt.kubeEdgeOnly)
  const first = await runProbes(
    [
      services(host, units, HUB_PORT),
      {
        id: 'api',
        title: { en: "Kubernetes' API", zh: '检查 Kubernetes API' },
        run: () => apiDiagnoses(cluster),
      },
      certificates(place, receipt),
      meshRefresh(host, receipt),
      ...changes(place, receipt, watcher),
    ],
    watcher,
  )
  if (first.some(({ code }) => code === 'API_SILENT')) return first
  const settings = settingsOfReceipt(receipt)
  const seen = {
    cluster,
    own: receipt.node.name ?? nodeNameOf({}, facts),
    address: settings.role === 'cloud' ? dialledAddress(settings, facts) : undefined,
  }
  const chosen = await chosenChecks(place, receipt, watcher)
  const probes = await clusterProbes(place, receipt, seen, chosen)
  return [...first, ...chosen.failed, ...(await runProbes(probes, watcher))]
}

const CONNECTED = { en: 'which edges are connected to CloudHub', zh: '已连接 CloudHub 的边缘节点' } as const

interface Seen {
  readonly cluster: Cluster
  /** The name of this node. */
  readonly own: string
  /** At which edges reach this cloud. */
  readonly address: string | undefined
}

async function clusterProbes(
  place: Place,
  receipt: Receipt,
  { cluster, own, address }: Seen,
  { edgemesh, checks }: NodeChecks,
): Promise<Probe[]> {
  const made = checks.filter((check) => !check.makesPods && (edgemesh || !check.edgemesh))
  const listed = mustListNodes(cluster)
  const nodes = await listed.catch(() => [])
  // They watch for as long as the others take.
  const machines = clusterMachines(cluster, nodes)
  const clocks = nodes.length > 1 ? clusterClocks(cluster) : Promise.resolve([])
  for (const watch of [machines, clocks]) watch.catch(() => {})
  return [
    {
      id: 'nodes',
      title: { en: 'nodes', zh: '检查节点' },
      run: async () => {
        const known = await listed
        const connected = await hubPeers(place.host, HUB_PORT)
        const found = nodeDiagnoses(cluster, {
          nodes: known,
          own: receipt.kubeEdgeOnly === undefined ? own : undefined,
          peers: 'peers' in connected ? connected.peers : undefined,
          address,
          formerAddresses: receipt.formerAddresses,
        })
        if ('peers' in connected) return found
        return [...found, { ...notFoundOut(CONNECTED, formatUnread(connected.unread)), severity: 'warning' }]
      },
    },
    {
      id: 'cloudcore',
      title: { en: 'CloudCore', zh: '检查 CloudCore' },
      run: () => cloudCoreDiagnoses(cluster, launcherOf(receipt), nodes),
    },
    {
      id: 'pods',
      title: { en: 'pods of KubeEdge and EdgeMesh', zh: '检查 KubeEdge 与 EdgeMesh 的 Pod' },
      run: () => podDiagnoses(cluster, { nodes, own, launcher: launcherOf(receipt) }),
    },
    ...(edgemesh ? [psk(place, cluster, receipt)] : []),
    ...made.map((check) => probeOf(check, formatKubectl(cluster), receipt)),
    {
      id: 'machines',
      title: { en: 'names and machine-ids of nodes', zh: '检查节点名称与 machine-id' },
      run: () => machines,
    },
    {
      id: 'clocks',
      title: { en: 'clocks of nodes', zh: '检查节点时钟' },
      run: () => clocks,
    },
  ]
}

function psk(place: Place, cluster: Cluster, receipt: Receipt): Probe {
  const title = { en: "EdgeMesh's pre-shared key", zh: '检查 EdgeMesh 预共享密钥' }
  return { id: 'psk', title, run: () => pskDiagnoses(cluster, place, launcherOf(receipt)) }
}

function meshRefresh(host: Host, receipt: Receipt): Probe {
  const title = { en: 'the mesh refresh service', zh: '检查网格刷新服务' }
  return { id: 'mesh-refresh', title, run: () => meshRefreshDiagnoses(host, receipt) }
}
