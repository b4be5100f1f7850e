import { z } from 'zod'
import { fullName } from '../kube/image-name.ts'
import { listOf } from '../kube/list.ts'
import { nodesOf } from '../kube/nodes.ts'

const Pods = listOf(z.unknown())
const Containers = z.array(z.object({ image: z.string() })).nullish()
const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    uid: z.string().regex(/^[-\w]+$/),
    deletionTimestamp: z.string().nullish(),
    // Set by the controller of DaemonSets on each pod (k8s.io/api/apps/v1, types.go).
    labels: z.object({ 'pod-template-generation': z.coerce.number() }),
    ownerReferences: z.array(z.object({ kind: z.string(), uid: z.string() })),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    containers: z.array(z.object({ image: z.string() })),
    initContainers: Containers,
  }),
})

/** A pod of a DaemonSet, as the cluster has it. */
export interface DaemonPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly node: string | undefined
  /** The DaemonSet's uid. */
  readonly owner: string
  /** Of the template that it was created from; a newer template has a higher one. */
  readonly generation: number
  /** By their full names, as containerd has them. */
  readonly images: readonly string[]
}

/** The pods of DaemonSets in a list of the Kubernetes API, without those that are being deleted. */
export function daemonPods(list: unknown): DaemonPod[] {
  return (Pods.safeParse(list).data?.items ?? []).flatMap((item) => {
    const { data } = Pod.safeParse(item)
    const owner = data?.metadata.ownerReferences.find(({ kind }) => kind === 'DaemonSet')
    if (data === undefined || owner === undefined || data.metadata.deletionTimestamp) return []
    const { metadata, spec } = data
    const images = [...spec.containers, ...(spec.initContainers ?? [])].map(({ image }) => fullName(image))
    return {
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      node: spec.nodeName,
      owner: owner.uid,
      generation: metadata.labels['pod-template-generation'],
      images,
    }
  })
}

/**
 * The images that the cloud wants a pod of this edge to run, where they are not the pod's own. The cloud replaces its own
 * pods at once, so the newest pod of a DaemonSet tells its template: an edge may not read the DaemonSet itself. Where a
 * DaemonSet runs on edges alone, what the archive brings stands for it.
 * @returns isSeen: whether a pod of that template was seen
 */
export function newerImages(
  own: DaemonPod,
  pods: readonly DaemonPod[],
  { edges, archive }: { readonly edges: ReadonlySet<string>; readonly archive: readonly string[] },
): { readonly images: readonly string[]; readonly isSeen: boolean } | undefined {
  const siblings = pods.filter(({ owner }) => owner === own.owner)
  const newest = siblings.reduce((a, b) => (b.generation > a.generation ? b : a), own)
  if (newest.generation > own.generation) return { images: newest.images, isSeen: true }
  if (siblings.some(({ node }) => node !== undefined && !edges.has(node))) return undefined
  const brought = own.images.map((image) => otherTag(image, archive) ?? image)
  const isOther = brought.some((image, index) => image !== own.images[index])
  return isOther ? { images: brought, isSeen: false } : undefined
}

/** The archive's image of the same repository; undefined where it has none, or the very same. */
export function otherTag(image: string, archive: readonly string[]): string | undefined {
  if (archive.includes(image)) return undefined
  return archive.find((one) => repositoryOf(one) === repositoryOf(image))
}

/** `docker.io/kubeedge/edgemesh-agent` of `docker.io/kubeedge/edgemesh-agent:v1.17.0`. */
export function repositoryOf(reference: string): string {
  return reference.replace(/@.*$/, '').replace(/:[^:/]+$/, '')
}

/** Names of the edges in a list of nodes. */
export function edgeNames(list: unknown): Set<string> {
  const edges = (nodesOf(list) ?? []).filter(({ isEdge }) => isEdge)
  return new Set(edges.map(({ name }) => name))
}
