import { type Cluster, WATCHED, watchFor } from '../kube/kubectl.ts'
import type { ClusterNode } from '../kube/nodes.ts'
import {
  formatIdentity,
  isSameMachine,
  type NodeIdentity,
  nodeIdentity,
  ownIdentity,
  registeredNodes,
  sharedMachineIds,
} from '../kubeedge/node-identity.ts'
import { NEW_MACHINE_ID, OTHER_NAME } from '../kubeedge/sole-machine.ts'
import type { Host } from '../node/host.ts'
import type { Diagnosis } from './diagnosis.ts'

/** On an edge: whether another machine reports under its name, or has its machine-id. */
export async function edgeMachines(host: Host, nodeName: string): Promise<Diagnosis[]> {
  const own = await ownIdentity(host, nodeName)
  if (own === undefined) return []
  const nodes = await registeredNodes(host)
  const other = nodes.find((node) => node.name === nodeName && !isSameMachine(node, own))
  const ids = [...sharedMachineIds(nodes)].filter(([id]) => id === own.machineId)
  return [...(other === undefined ? [] : [nameShared(nodeName, [own, other])]), ...ids.map(idShared)]
}

/** On the cloud: Nodes on which two machines report by turns, and machine-ids that two Nodes have. */
export async function clusterMachines(
  cluster: Cluster,
  listed: readonly ClusterNode[],
): Promise<Diagnosis[]> {
  const nodes = listed.flatMap((node) => nodeIdentity(node) ?? [])
  const reported = nodes.length > 1 ? reportsOf(await watchFor(cluster, ['nodes'], REPORT, WATCHED)) : []
  return [...namesShared([...nodes, ...reported]), ...[...sharedMachineIds(nodes)].map(idShared)]
}

const REPORT =
  '{.metadata.name} {.status.nodeInfo.machineID} {.status.addresses[?(@.type=="InternalIP")].address}{"\\n"}'

function reportsOf(text: string): NodeIdentity[] {
  return text.split('\n').flatMap((line) => {
    const [name, machineId, address] = line.split(' ')
    return name && machineId ? [{ name, machineId, address }] : []
  })
}

/** Pure. @param reports of whatever nodes, in whatever order */
export function namesShared(reports: readonly NodeIdentity[]): Diagnosis[] {
  const byName = new Map<string, NodeIdentity[]>()
  for (const report of reports) {
    const known = byName.get(report.name) ?? []
    if (!known.some((one) => isSameMachine(one, report))) byName.set(report.name, [...known, report])
  }
  return [...byName].flatMap(([name, machines]) => (machines.length > 1 ? [nameShared(name, machines)] : []))
}

function nameShared(name: string, machines: readonly NodeIdentity[]): Diagnosis {
  const list = machines.map(formatIdentity)
  return {
    code: 'NODE_NAME_SHARED',
    seen: {
      en: `two machines report as node ${name}: ${list.join('; ')}`,
      zh: `两台机器都以节点 ${name} 上报：${list.join('；')}`,
    },
    cause: {
      en: 'both were installed with one name: they disconnect each other',
      zh: '安装时使用了同一个名称，会互相挤下线',
    },
    fix: OTHER_NAME,
  }
}

function idShared([machineId, names]: readonly [string, readonly string[]]): Diagnosis {
  return {
    code: 'MACHINE_ID_SHARED',
    severity: 'warning',
    seen: {
      en: `nodes ${names.join(', ')} have one machine-id: ${machineId}`,
      zh: `节点 ${names.join('、')} 的 machine-id 相同：${machineId}`,
    },
    cause: {
      en: "one disk was cloned from the other's: their DHCP addresses and logs are mixed up",
      zh: '磁盘由另一台克隆而来：DHCP 地址与日志会混淆',
    },
    fix: NEW_MACHINE_ID,
  }
}
