import { z } from 'zod'
import { type Cluster, get } from '../kube/kubectl.ts'
import { listOf } from '../kube/list.ts'
import { type ClusterNode, clusterNodes, nodesOf } from '../kube/nodes.ts'
import type { Host } from '../node/host.ts'
import { isHubConnected } from './hub-connection.ts'
import { metaServerList } from './meta-server.ts'

/** Versions of one side, as far as they are known; without `v`. */
export interface SideVersions {
  readonly kubeedge?: string | undefined
  readonly edgemesh?: string | undefined
  /** Of the API server on the cloud, of the kubelet in EdgeCore on an edge. */
  readonly kubernetes?: string | undefined
}

export interface EdgeVersions extends SideVersions {
  readonly name: string
}

/** What runs where in a cluster. */
export interface ClusterVersions {
  readonly cloud: SideVersions
  readonly edges: readonly EdgeVersions[]
}

const Pods = listOf(
  z.object({
    metadata: z.object({ deletionTimestamp: z.string().nullish() }),
    spec: z.object({
      nodeName: z.string().nullish(),
      containers: z.array(z.object({ image: z.string() })),
    }),
  }),
)

/**
 * @param pods the PodList of CloudCore's namespace
 */
export function clusterVersions(
  nodes: readonly ClusterNode[] | undefined,
  pods: unknown,
): ClusterVersions | undefined {
  const running = Pods.safeParse(pods)
  if (nodes === undefined || !running.success) return undefined
  const images = running.data.items
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .flatMap(({ spec }) => spec.containers.map(({ image }) => ({ node: spec.nodeName, image })))
  const tagOf = (name: string, isOn: (node: string) => boolean) => {
    const found = images.find(
      (one) => isOn(one.node ?? '') && new RegExp(`(^|/)${name}:[^/]+$`).test(one.image),
    )
    return found && withoutV(found.image.slice(found.image.lastIndexOf(':') + 1))
  }
  const edges = nodes.filter(({ isEdge }) => isEdge)
  const isCloud = (node: string) => !edges.some(({ name }) => name === node)
  const kubelet = nodes.find(({ isEdge }) => !isEdge)?.kubelet
  return {
    cloud: {
      kubeedge: tagOf('cloudcore', isCloud),
      edgemesh: tagOf('edgemesh-agent', isCloud),
      kubernetes: kubelet && withoutV(kubelet),
    },
    edges: edges.map(({ name, kubelet: text }) => ({
      name,
      kubeedge: /-kubeedge-v?(.+)$/.exec(text)?.[1],
      edgemesh: tagOf('edgemesh-agent', (node) => node === name),
      kubernetes: withoutV(text).replace(/-kubeedge.*$/, ''),
    })),
  }
}

function withoutV(version: string): string {
  return version.replace(/^v/, '')
}

/** As the cloud sees it; undefined while the API does not respond. */
export async function versionsOnCloud(cluster: Cluster): Promise<ClusterVersions | undefined> {
  const nodes = await clusterNodes(cluster)
  const pods = await get(cluster, z.unknown(), ['pods'], 'kubeedge')
  return clusterVersions(nodes, pods)
}

/** As an edge sees it through its metaServer; undefined while it has no connection to its cloud. */
export async function versionsOnEdge(host: Host, hubPort: number): Promise<ClusterVersions | undefined> {
  if ((await isHubConnected(host, hubPort)) === false) return undefined
  return clusterVersions(
    nodesOf(await metaServerList(host, '/api/v1/nodes')),
    await metaServerList(host, '/api/v1/namespaces/kubeedge/pods'),
  )
}
