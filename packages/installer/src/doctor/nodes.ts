import type { Text } from '@edgelift/core'
import { formatKubectl, isOwnCluster } from '../kube/access.ts'
import type { Cluster } from '../kube/kubectl.ts'
import type { ClusterNode } from '../kube/nodes.ts'
import { commandOnEdges } from '../preflight/moved-address.ts'
import type { Diagnosis } from './diagnosis.ts'

export interface CloudView {
  readonly nodes: readonly ClusterNode[]
  /** This machine's node; undefined on an existing cluster, of which no kubelet is edgelift's. */
  readonly own: string | undefined
  /** Addresses of machines that are connected to CloudHub here, one for each connection; undefined: not known. */
  readonly peers: readonly string[] | undefined
  /** At which edges reach this cloud; undefined where it is not known. */
  readonly address?: string | undefined
  /** Where edges may still look for this cloud, as the receipt says. */
  readonly formerAddresses?: readonly string[] | undefined
}

/** On the cloud: nodes that are not Ready, and Nodes that were deleted while their machines go on. Pure. */
export function nodeDiagnoses(cluster: Cluster, view: CloudView): Diagnosis[] {
  const { nodes, own } = view
  const kubectl = formatKubectl(cluster)
  const down = nodes.filter(({ ready }) => !ready)
  const named = (list: readonly ClusterNode[]) => list.map(({ name }) => name)
  const clouds = named(down.filter(({ isEdge }) => !isEdge))
  const edges = named(down.filter(({ isEdge }) => isEdge))
  return [
    ...(own === undefined || nodes.some(({ name }) => name === own) ? [] : [ownDeleted(own)]),
    ...(clouds.length === 0 ? [] : [cloudsDown(clouds, kubectl, isOwnCluster(cluster) ? 'k3s' : 'kubelet')]),
    ...(edges.length === 0 ? [] : [edgesDown(edges, kubectl, view)]),
    ...strangers(view).map(edgeDeleted),
  ]
}

/**
 * Machines that are connected though no Node is theirs. Behind one address there may be several edges: a Ready edge whose
 * own address is not connected is taken to be one of them.
 */
function strangers({ nodes, peers }: CloudView): string[] {
  if (peers === undefined) return []
  const known = new Set(nodes.flatMap(({ addresses }) => addresses))
  const unknown = peers.filter((peer) => !known.has(peer))
  const elsewhere = nodes.filter(
    ({ isEdge, ready, addresses }) => isEdge && ready && !addresses.some((one) => peers.includes(one)),
  )
  return unknown.length > elsewhere.length ? [...new Set(unknown)] : []
}

/** A kubelet registers its Node when it starts, and then no more. */
function ownDeleted(name: string): Diagnosis {
  return {
    code: 'NODE_DELETED',
    seen: {
      en: `Node ${name} (this machine) is not in the cluster, though K3s runs`,
      zh: `K3s 正在运行，但集群中没有 Node ${name}（本机）`,
    },
    cause: {
      en: 'somebody deleted it; K3s registers it only when it starts, and until then no pod runs here',
      zh: '有人删除了它；K3s 仅在启动时注册节点，此前 Pod 无法在本机运行',
    },
    fix: {
      en: './install.sh: it restarts K3s, which registers the node again, and sets its labels',
      zh: '执行 ./install.sh：重启 K3s 以重新注册节点，并恢复其标签',
    },
  }
}

/** On the edge that is concerned. */
export function edgeNodeDeleted(name: string): Diagnosis {
  return {
    code: 'NODE_DELETED',
    seen: { en: `Node ${name} was deleted from the cluster`, zh: `集群中的 Node ${name} 已被删除` },
    cause: {
      en: 'EdgeCore is connected and registers its node only when it starts: until then this edge gets no pod',
      zh: 'EdgeCore 已连接云端，但仅在启动时注册节点：此前本边缘节点收不到 Pod',
    },
    fix: {
      en: './install.sh: it registers the node again; labels and taints that were set on the cloud are lost',
      zh: '执行 ./install.sh 将重新注册；在云端设置的标签与污点已丢失',
    },
    brings: [],
  }
}

function edgeDeleted(peer: string): Diagnosis {
  return {
    code: 'NODE_DELETED',
    severity: 'warning',
    seen: {
      en: `an edge at ${peer} is connected to CloudHub, and no Node is its`,
      zh: `${peer} 的边缘节点已连接 CloudHub，但集群中没有对应的 Node`,
    },
    cause: {
      en: 'its Node was deleted, or it joins at this moment',
      zh: '其 Node 已被删除，或正在接入',
    },
    fix: {
      en: 'if it is still so after a minute, run ./install.sh on that edge: it registers the node again',
      zh: '一分钟后仍如此时，在该边缘节点执行 ./install.sh 重新注册',
    },
    brings: [],
  }
}

function notReady(names: readonly string[]): Text {
  return { en: `not Ready: ${names.join(', ')}`, zh: `未就绪：${names.join('、')}` }
}

/** @param unit that runs the kubelet, as a rule */
function cloudsDown(names: readonly string[], kubectl: string, unit: string): Diagnosis {
  return {
    code: 'NODE_NOT_READY',
    seen: notReady(names),
    cause: { en: 'its kubelet does not report that it can run pods', zh: 'kubelet 未上报可运行 Pod 的状态' },
    fix: {
      en: `${kubectl} describe node ${names[0]}; on it: journalctl -u ${unit}`,
      zh: `执行 ${kubectl} describe node ${names[0]}；在该节点查看 journalctl -u ${unit}`,
    },
    mayFollow: ['DISK_FULL', 'NODE_IP_FOREIGN'],
  }
}

function edgesDown(
  names: readonly string[],
  kubectl: string,
  { address, formerAddresses = [] }: CloudView,
): Diagnosis {
  const move = commandOnEdges(address)
  return {
    code: 'NODE_NOT_READY',
    seen: notReady(names),
    ...(formerAddresses.length > 0
      ? notFollowed(kubectl, formerAddresses, move)
      : awayOrMoved(kubectl, move)),
    mayFollow: ['CLOUDCORE_DOWN', 'NODE_IP_FOREIGN'],
  }
}

type Why = Pick<Diagnosis, 'cause' | 'fix'>

function awayOrMoved(kubectl: string, move: Text): Why {
  return {
    cause: {
      en: 'the edge is off or not connected, or EdgeCore does not run',
      zh: '边缘节点离线、未连接，或 EdgeCore 未运行',
    },
    fix: {
      en: `on that node: ./edgelift doctor; if the cloud has another address than when it joined: ${move.en}. For one that will not come back: ${kubectl} delete node NAME`,
      zh: `在该节点执行 ./edgelift doctor；若云端地址在其接入后有变化：${move.zh}。若节点已永久移除：${kubectl} delete node 节点名`,
    },
  }
}

/** Edges keep the address that they joined with, and the receipt knows that it was another one. */
function notFollowed(kubectl: string, former: readonly string[], move: Text): Why {
  return {
    cause: {
      en: `the cloud is no longer advertised at ${former.join(', ')}: an edge that still connects there stays away; or it is off`,
      zh: `云端不再公布地址 ${former.join('、')}：仍连接该地址的边缘节点无法接入；也可能已离线`,
    },
    fix: {
      en: `on that node, in its archive's directory: sudo ${move.en}. If it connects to the new address already: ./edgelift doctor there. For one that will not come back: ${kubectl} delete node NAME`,
      zh: `在该节点的离线包目录中执行：sudo ${move.zh}。若已改用新地址：在该节点执行 ./edgelift doctor。若节点已永久移除：${kubectl} delete node 节点名`,
    },
  }
}
