import { type ClusterNode, nodesOf } from '../kube/nodes.ts'
import { type Host, readHostFile } from '../node/host.ts'
import { readConfig } from '../node/read-config.ts'
import { EDGECORE_CONFIG } from './edgecore-config.ts'
import { isHubConnected } from './hub-connection.ts'
import { metaServerList } from './meta-server.ts'

/** By what a machine is known in the cluster, besides its name. */
export interface NodeIdentity {
  readonly name: string
  readonly machineId: string
  readonly address: string | undefined
}

/** Undefined for a Node that its kubelet has not reported on. Pure. */
export function nodeIdentity({ name, machineId, internalIp }: ClusterNode): NodeIdentity | undefined {
  return machineId === '' ? undefined : { name, machineId, address: internalIp }
}

/** What EdgeCore reports of this machine. Undefined where a part cannot be read. */
export async function ownIdentity(host: Host, name: string): Promise<NodeIdentity | undefined> {
  const machineId = (await readHostFile(host, '/etc/machine-id'))?.trim()
  return machineId ? { name, machineId, address: await edgecoreNodeIp(host) } : undefined
}

/** The address that EdgeCore was set up with; undefined where its configuration does not say. */
export async function edgecoreNodeIp(host: Host): Promise<string | undefined> {
  const config = readConfig((await readHostFile(host, EDGECORE_CONFIG)) ?? '')
  const modules = config?.modules as { edged?: { nodeIP?: unknown } } | undefined
  const address = modules?.edged?.nodeIP
  return typeof address === 'string' ? address : undefined
}

/** The Node of this name as the cloud has it; undefined where there is none, or its kubelet has not reported yet. */
export async function registeredIdentity(
  host: Host,
  name: string,
): Promise<NodeIdentity | 'silent' | undefined> {
  const nodes = nodesOf(await metaServerList(host, '/api/v1/nodes'))
  // The cloud's list has at least the node of CloudCore: an empty one is metaServer's own, of what its database has.
  if (nodes === undefined || nodes.length === 0) return 'silent'
  const own = nodes.find((node) => node.name === name)
  return own && nodeIdentity(own)
}

/**
 * Whether the cluster has no Node of this name though EdgeCore is connected: somebody deleted it. EdgeCore registers only
 * when it starts; until then it gets no pod, and all that it runs goes on.
 */
export async function isNodeDeleted(
  host: Host,
  { nodeName, hubPort }: { readonly nodeName: string; readonly hubPort: number },
): Promise<boolean> {
  return (await isHubConnected(host, hubPort)) === true && isNodeUnknown(host, nodeName)
}

/** The same for an edge that is known to be connected. The cloud's list has at least the node of CloudCore. */
export async function isNodeUnknown(host: Host, nodeName: string): Promise<boolean> {
  const names = await nodeNames(host)
  return names.length > 0 && !names.includes(nodeName)
}

/** The same for one that may not be there yet. */
export async function isNodeRegistered(host: Host, nodeName: string): Promise<boolean> {
  return (await nodeNames(host)).includes(nodeName)
}

/** Empty while metaServer does not say. */
async function nodeNames(host: Host): Promise<string[]> {
  return (await listedNodes(host)).map(({ name }) => name)
}

async function listedNodes(host: Host): Promise<readonly ClusterNode[]> {
  return nodesOf(await metaServerList(host, '/api/v1/nodes')) ?? []
}

/** Every Node of the cluster; empty while metaServer does not say. */
export async function registeredNodes(host: Host): Promise<NodeIdentity[]> {
  return (await listedNodes(host)).flatMap((node) => nodeIdentity(node) ?? [])
}

/** Whether two reports come from one machine. Pure. */
export function isSameMachine(a: NodeIdentity, b: NodeIdentity): boolean {
  const isSameAddress = a.address === undefined || b.address === undefined || a.address === b.address
  return a.machineId === b.machineId && isSameAddress
}

/** `10.77.0.3, machine-id 0123…` */
export function formatIdentity({ address, machineId }: NodeIdentity): string {
  return `${address ?? '?'}, machine-id ${machineId}`
}

/** Nodes by a machine-id that more than one has. Pure. */
export function sharedMachineIds(nodes: readonly NodeIdentity[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const { name, machineId } of nodes)
    names.set(machineId, [...(names.get(machineId) ?? []), name].sort())
  return new Map([...names].filter(([, list]) => list.length > 1))
}
