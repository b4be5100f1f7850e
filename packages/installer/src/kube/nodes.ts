import { z } from 'zod'
import { type Cluster, get, mustGet } from './kubectl.ts'
import { listOf } from './list.ts'

/** A node as the cluster knows it. */
export interface ClusterNode {
  readonly name: string
  /** Its label `kubernetes.io/hostname`, by which pods are bound to it. */
  readonly hostname: string
  readonly addresses: readonly string[]
  readonly internalIp: string | undefined
  readonly isEdge: boolean
  /** Whether its kubelet tells that it can run pods; false as well when it is not heard of any more. */
  readonly ready: boolean
  /** `containerd://2.1.5-k3s1`, `docker://…`, `cri-o://…`. */
  readonly runtime: string
  /** `v1.31.12-kubeedge-v1.22.0`, `v1.34.2+k3s1`; empty until its kubelet has reported. */
  readonly kubelet: string
  /** Empty until its kubelet has reported. */
  readonly machineId: string
  /** Names of images that its kubelet reports; it reports only the fifty largest unless told otherwise. */
  readonly images: ReadonlySet<string>
}

const Node = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
  status: z
    .object({
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).nullish(),
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
      nodeInfo: z
        .object({
          containerRuntimeVersion: z.string().default(''),
          kubeletVersion: z.string().default(''),
          machineID: z.string().default(''),
        })
        .prefault({}),
      images: z.array(z.object({ names: z.array(z.string()).nullish() })).nullish(),
    })
    .prefault({}),
})
const Nodes = listOf(Node)

/** The nodes of a cluster; undefined when it does not answer. */
export async function clusterNodes(cluster: Cluster): Promise<ClusterNode[] | undefined> {
  return (await get(cluster, Nodes, ['nodes']))?.items.map(clusterNode)
}

/** The same. @throws COMMAND_FAILED when it does not answer: it may have any */
export async function mustListNodes(cluster: Cluster): Promise<ClusterNode[]> {
  return (await mustGet(cluster, Nodes, ['nodes'])).items.map(clusterNode)
}

/** Names of edges that are not Ready; undefined while the cluster does not answer. */
export async function edgesAway(cluster: Cluster): Promise<string[] | undefined> {
  const nodes = await clusterNodes(cluster)
  return nodes?.filter(({ isEdge, ready }) => isEdge && !ready).map(({ name }) => name)
}

/** Whether the cluster answers, and has no such node. */
export async function isNodeGone(cluster: Cluster, nodeName: string): Promise<boolean> {
  const nodes = await clusterNodes(cluster)
  return nodes !== undefined && !nodes.some(({ name }) => name === nodeName)
}

/** The nodes of a NodeList from elsewhere, such as metaServer; undefined where it is none. */
export function nodesOf(list: unknown): ClusterNode[] | undefined {
  return Nodes.safeParse(list).data?.items.map(clusterNode)
}

function clusterNode({ metadata, status }: z.infer<typeof Node>): ClusterNode {
  const { nodeInfo, addresses, conditions, images } = status
  return {
    name: metadata.name,
    hostname: metadata.labels?.['kubernetes.io/hostname'] ?? metadata.name,
    addresses: (addresses ?? []).map(({ address }) => address),
    internalIp: addresses?.find(({ type }) => type === 'InternalIP')?.address,
    isEdge: metadata.labels?.['node-role.kubernetes.io/edge'] !== undefined,
    ready: conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true,
    runtime: nodeInfo.containerRuntimeVersion,
    kubelet: nodeInfo.kubeletVersion,
    machineId: nodeInfo.machineID,
    images: new Set(images?.flatMap(({ names }) => names ?? [])),
  }
}

/**
 * The node that CloudCore is put on: the one that was answered, else the one that this machine is, by an address of it
 * or by its host name.
 */
export function chosenNode(
  nodes: readonly ClusterNode[],
  machine: {
    readonly nodeName: string | undefined
    readonly addresses: readonly string[]
    readonly hostname: string
  },
): { readonly node: ClusterNode; readonly isHere: boolean } | undefined {
  const isHere = ({ internalIp, name }: ClusterNode) =>
    internalIp === undefined
      ? name === machine.hostname.toLowerCase()
      : machine.addresses.includes(internalIp)
  const clouds = nodes.filter((one) => !one.isEdge)
  const node =
    machine.nodeName === undefined
      ? clouds.find(isHere)
      : clouds.find(({ name }) => name === machine.nodeName)
  return node === undefined ? undefined : { node, isHere: isHere(node) }
}
