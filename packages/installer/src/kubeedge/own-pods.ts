import type { Ctr } from '../containerd/ctr.ts'
import { mustListImages } from '../containerd/image-list.ts'
import type { Host } from '../node/host.ts'
import { type DaemonPod, daemonPods, edgeNames, newerImages } from './daemon-pods.ts'
import { isHubConnected } from './hub-connection.ts'
import { metaServerList, podsOfNode } from './meta-server.ts'

/** A pod of a DaemonSet on this edge that is not what the cloud wants, or that cannot start. */
export interface DuePod {
  readonly pod: DaemonPod
  /** Images that the cloud wants it to run. */
  readonly wanted: readonly string[]
  /** Whether the cloud was seen to want them; otherwise the archive's are taken for what it wants. */
  readonly isSeen: boolean
  /** Those of them that are not in this node's containerd. */
  readonly missing: readonly string[]
  /** Whether the pod itself has what it needs: it runs while it waits. */
  readonly runs: boolean
}

/** How an edge sees the cluster and itself. */
export interface EdgeView {
  readonly nodeName: string
  /** Of the archive's images. */
  readonly archive: readonly string[]
  /** What metaServer responds for a path of the Kubernetes API. */
  readonly get: (path: string) => Promise<unknown>
  /** Names of the images in this node's containerd. */
  readonly held: () => Promise<{ readonly has: (name: string) => boolean }>
}

export interface EdgePlace {
  readonly host: Host
  readonly ctr: Ctr
  readonly nodeName: string
  readonly hubPort: number
  readonly archive: readonly string[]
}

/** Undefined while the cloud is away: metaServer would answer from its cache, after ten seconds for each question. */
export async function edgeView({
  host,
  ctr,
  hubPort,
  nodeName,
  archive,
}: EdgePlace): Promise<EdgeView | undefined> {
  if ((await isHubConnected(host, hubPort)) === false) return undefined
  return {
    nodeName,
    archive,
    get: (path) => metaServerList(host, path),
    held: () => mustListImages(host, ctr),
  }
}

/**
 * The DaemonSets' pods of this edge that have to be replaced, or cannot be. Of what metaServer does not list nothing is
 * concluded: a pod whose siblings are not known stays as it is.
 */
export async function duePods({ nodeName, archive, get, held }: EdgeView): Promise<DuePod[]> {
  const own = daemonPods(await get(podsOfNode(nodeName)))
  if (own.length === 0) return []
  const nodes = await get('/api/v1/nodes')
  const edges = edgeNames(nodes)
  const images = await held()
  const missing = (wanted: readonly string[]) => wanted.filter((image) => !images.has(image))
  const found: DuePod[] = []
  for (const namespace of new Set(own.map((pod) => pod.namespace))) {
    const listed = await get(`/api/v1/namespaces/${namespace}/pods`)
    const isKnown = nodes !== undefined && listed !== undefined
    const all = daemonPods(listed)
    for (const pod of own.filter((one) => one.namespace === namespace && one.node === nodeName)) {
      const runs = missing(pod.images).length === 0
      const newer = isKnown ? newerImages(pod, all, { edges, archive }) : undefined
      const { images: wanted, isSeen } = newer ?? { images: pod.images, isSeen: true }
      if (newer !== undefined || !runs) found.push({ pod, wanted, isSeen, missing: missing(wanted), runs })
    }
  }
  return found
}
