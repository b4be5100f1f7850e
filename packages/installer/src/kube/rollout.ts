import { setTimeout as sleep } from 'node:timers/promises'
import { pauses } from '../node/pauses.ts'
import { fullName } from './image-name.ts'
import { type Cluster, kubectl, type PodState, tryKubectl } from './kubectl.ts'
import type { ReleaseObjects } from './live-objects.ts'
import { clusterNodes } from './nodes.ts'
import {
  imagesOf,
  isOutdated,
  isUnseen,
  namespaceState,
  podsOf,
  type ReleaseHere,
  workloadsOf,
} from './workloads.ts'

/** Seconds for the controller of DaemonSets to see that one has changed. */
const NOTICE = 30
/** Seconds for a pod of another cloud node to be replaced. */
const REPLACEMENT = 120

/**
 * Keeps the DaemonSets of a release from replacing their pods by themselves (`OnDelete`): the rollout would take the
 * running pod of an edge that lacks the new image (ADR 12). Called before an upgrade, whose new template would start it,
 * and after, for DaemonSets that came with it. A chart that sets an update strategy of its own keeps it.
 */
export async function holdDaemonSets(cluster: Cluster, release: ReleaseObjects): Promise<void> {
  const patch = JSON.stringify({ spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } })
  for (const [namespace, workloads] of workloadsOf(release)) {
    for (const { kind, name, setsStrategy } of workloads) {
      if (kind !== 'DaemonSet' || setsStrategy) continue
      const target = ['-n', namespace, 'daemonset', name]
      const type = await tryKubectl(cluster, 'get', ...target, '-o', 'jsonpath={.spec.updateStrategy.type}')
      if (type === undefined || type === 'OnDelete') continue
      await kubectl(cluster, ['patch', ...target, '--type=merge', '-p', patch])
    }
  }
}

/** A pod of an older template than its DaemonSet's. */
export interface OutdatedPod {
  readonly namespace: string
  readonly name: string
  readonly node: string
  /** `lacking`: on an edge that does not have the images of a new pod. */
  readonly place: 'here' | 'cloud' | 'edge' | 'lacking'
}

/** The pods that a release's DaemonSets have not replaced since their template changed. */
export async function outdatedPods(cluster: Cluster, release: ReleaseHere): Promise<OutdatedPod[]> {
  const nodes = new Map(((await clusterNodes(cluster)) ?? []).map((node) => [node.name, node]))
  const found: OutdatedPod[] = []
  for (const [namespace, wanted] of workloadsOf(release)) {
    const sets = wanted.filter(({ kind }) => kind === 'DaemonSet').map(({ name }) => name)
    for (const { pod, images } of sets.length === 0 ? [] : await seenOutdated(cluster, namespace, sets)) {
      const node = pod.node === undefined ? undefined : nodes.get(pod.node)
      if (node === undefined) continue // a node that was deleted: its pods go with it
      const place = node.isEdge ? (canRun(images, pod, node.images) ? 'edge' : 'lacking') : 'cloud'
      found.push({
        namespace,
        name: pod.name,
        node: node.name,
        place: node.name === release.nodeName ? 'here' : place,
      })
    }
  }
  return found
}

/** Deletes pods, so that their DaemonSets create new ones. */
export async function deletePods(cluster: Cluster, pods: readonly OutdatedPod[]): Promise<void> {
  for (const namespace of new Set(pods.map((pod) => pod.namespace))) {
    const names = pods.filter((pod) => pod.namespace === namespace).map(({ name }) => name)
    const flags = ['--ignore-not-found', '--wait=false']
    await kubectl(cluster, ['-n', namespace, 'delete', 'pods', ...names, ...flags])
  }
}

/**
 * Replaces the outdated pods of other nodes: those of edges that hold the new images already, each by itself, and those
 * of other cloud nodes one after the other, the next one only when the former is ready.
 * @returns what stays as it is: edges that are upgraded later, and a cloud node whose new pod does not become ready
 */
export async function replaceElsewhere(
  cluster: Cluster,
  release: ReleaseHere,
  signal: AbortSignal,
): Promise<{ readonly edges: readonly string[]; readonly stuck: string | undefined }> {
  const outdated = await outdatedPods(cluster, release)
  const at = (place: OutdatedPod['place']) => outdated.filter((pod) => pod.place === place)
  await deletePods(cluster, at('edge'))
  const edges = [...new Set(at('lacking').map(({ node }) => node))].sort()
  for (const pod of at('cloud')) {
    await deletePods(cluster, [pod])
    if (!(await isReplaced(cluster, pod, release, signal))) return { edges, stuck: pod.node }
  }
  return { edges, stuck: undefined }
}

async function isReplaced(
  cluster: Cluster,
  { namespace, name, node }: OutdatedPod,
  release: ReleaseHere,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = (workloadsOf(release).get(namespace) ?? []).filter(({ kind }) => kind === 'DaemonSet')
  const until = performance.now() + REPLACEMENT * 1000
  const pause = pauses()
  while (performance.now() < until) {
    const { workloads, pods } = await namespaceState(cluster, namespace)
    const sets = workloads.filter(({ metadata }) => wanted.some((one) => one.name === metadata.name))
    const here = sets.flatMap((set) => podsOf(set, pods)).filter((pod) => pod.node === node)
    if (here.length > 0 && here.every((pod) => pod.name !== name && pod.running)) return true
    await sleep(pause.next().value, undefined, { signal })
  }
  return false
}

/** Whether an edge has what a new pod asks for: the old pod runs on it, or its kubelet reports it. */
function canRun(images: readonly string[], pod: PodState, held: ReadonlySet<string>): boolean {
  return images.every((image) => pod.images.includes(image) || held.has(fullName(image)) || held.has(image))
}

interface SeenOutdated {
  readonly pod: PodState
  /** Of a new pod. */
  readonly images: readonly string[]
}

/** Waits until the controller of DaemonSets has seen all of them as they are now. */
async function seenOutdated(
  cluster: Cluster,
  namespace: string,
  names: readonly string[],
): Promise<SeenOutdated[]> {
  const until = performance.now() + NOTICE * 1000
  const pause = pauses()
  for (;;) {
    const { workloads, pods } = await namespaceState(cluster, namespace)
    const sets = workloads.filter(
      ({ kind, metadata }) => kind === 'DaemonSet' && names.includes(metadata.name),
    )
    if (sets.length === names.length && !sets.some(isUnseen))
      return sets.flatMap((set) =>
        podsOf(set, pods)
          .filter((pod) => !pod.ending && isOutdated(pod, set))
          .map((pod) => ({ pod, images: imagesOf(set) })),
      )
    if (performance.now() >= until) return []
    await sleep(pause.next().value)
  }
}
