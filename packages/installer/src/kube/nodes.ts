import { z } from 'zod'
import { type Cluster, get } from './kubectl.ts'

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
  /** Names of images that its kubelet reports; it reports only the fifty largest unless told otherwise. */
  readonly images: ReadonlySet<string>
}

const Nodes = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).default({}) }),
      status: z.object({
        addresses: z.array(z.object({ type: z.string(), address: z.string() })).default([]),
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        nodeInfo: z.object({ containerRuntimeVersion: z.string() }),
        images: z.array(z.object({ names: z.array(z.string()).nullish() })).default([]),
      }),
    }),
  ),
})

/** The nodes of a cluster; undefined when it does not answer. */
export async function clusterNodes(cluster: Cluster): Promise<ClusterNode[] | undefined> {
  const nodes = await get(cluster, Nodes, ['nodes'])
  return nodes?.items.map(({ metadata, status }) => ({
    name: metadata.name,
    hostname: metadata.labels['kubernetes.io/hostname'] ?? metadata.name,
    addresses: status.addresses.map(({ address }) => address),
    internalIp: status.addresses.find(({ type }) => type === 'InternalIP')?.address,
    isEdge: metadata.labels['node-role.kubernetes.io/edge'] !== undefined,
    ready: status.conditions.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    runtime: status.nodeInfo.containerRuntimeVersion,
    images: new Set(status.images.flatMap(({ names }) => names ?? [])),
  }))
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
