import { lookFor } from '../node/pauses.ts'
import { fullName } from './image-name.ts'
import { type Cluster, kubectl } from './kubectl.ts'
import type { ReleaseObjects } from './live-objects.ts'
import { mustListNodes } from './nodes.ts'
import type { PodState } from './pods.ts'
import {
  imagesOf,
  isOf,
  isOutdated,
  isUnseen,
  namespaceState,
  podsOf,
  type ReleaseHere,
  type Wanted,
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
  for (const [namespace, sets] of daemonSetsOf(release)) {
    for (const { name } of sets.filter(({ setsStrategy }) => !setsStrategy)) {
      const target = ['-n', namespace, 'daemonset', name]
      const format = 'jsonpath={.spec.updateStrategy.type}'
      const type = await kubectl(cluster, ['get', ...target, '--ignore-not-found', '-o', format])
      if (type === '' || type === 'OnDelete') continue
      await kubectl(cluster, ['patch', ...target, '--type=merge', '-p', patch])
    }
  }
}

/** By namespace. */
function daemonSetsOf(release: ReleaseObjects): [namespace: string, sets: readonly Wanted[]][] {
  return [...workloadsOf(release)].flatMap(([namespace, workloads]) => {
    const sets = workloads.filter(({ kind }) => kind === 'DaemonSet')
    return sets.length === 0 ? [] : [[namespace, sets]]
  })
}

/** A pod of an older template than its DaemonSet's. */
export interface OutdatedPod {
  readonly namespace: string
  readonly name: string
  readonly node: string
  /** `lacking`: on an edge that does not have the images of a new pod. */
  readonly place: 'here' | 'cloud' | 'edge' | 'lacking'
}

/**
 * The pods that a release's DaemonSets have not replaced since their template changed.
 * @param notice seconds in which their state has to be current
 * @throws COMMAND_FAILED where the API does not respond
 */
export async function outdatedPods(
  cluster: Cluster,
  release: ReleaseHere,
  notice = NOTICE,
): Promise<OutdatedPod[]> {
  const seen: SeenOutdated[] = []
  for (const [namespace, sets] of daemonSetsOf(release))
    seen.push(...(await seenOutdated(cluster, namespace, sets, notice)))
  if (seen.length === 0) return []
  const nodes = new Map((await mustListNodes(cluster)).map((node) => [node.name, node]))
  return seen.flatMap(({ namespace, pod, images }): OutdatedPod[] => {
    const node = pod.node === undefined ? undefined : nodes.get(pod.node)
    if (node === undefined) return [] // a node that was deleted: its pods go with it
    const place = node.isEdge ? (canRun(images, pod, node.images) ? 'edge' : 'lacking') : 'cloud'
    const isHere = node.name === release.nodeName
    return [{ namespace, name: pod.name, node: node.name, place: isHere ? 'here' : place }]
  })
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
  const wanted = new Map(daemonSetsOf(release)).get(namespace) ?? []
  const look = async () => {
    const found = await namespaceState(cluster, namespace)
    if (found === undefined) return undefined
    const { workloads, pods } = found
    const sets = workloads.filter(({ metadata }) => wanted.some((one) => one.name === metadata.name))
    const here = sets.flatMap((set) => podsOf(set, pods)).filter((pod) => pod.node === node)
    return (here.length > 0 && here.every((pod) => pod.name !== name && pod.running)) || undefined
  }
  return (await lookFor(look, { seconds: REPLACEMENT, signal })) === true
}

/** Whether an edge has what a new pod asks for: the old pod runs on it, or its kubelet reports it. */
function canRun(images: readonly string[], pod: PodState, held: ReadonlySet<string>): boolean {
  return images.every((image) => pod.images.includes(image) || held.has(fullName(image)) || held.has(image))
}

interface SeenOutdated {
  readonly namespace: string
  readonly pod: PodState
  /** Of a new pod. */
  readonly images: readonly string[]
}

/** Waits until the controller of DaemonSets has seen all of them as they are now. */
async function seenOutdated(
  cluster: Cluster,
  namespace: string,
  wanted: readonly Wanted[],
  notice: number,
): Promise<SeenOutdated[]> {
  const look = async () => {
    const state = await namespaceState(cluster, namespace)
    if (state === undefined) return undefined
    const { workloads, pods } = state
    const sets = workloads.filter((one) => wanted.some((each) => isOf(one, each)))
    if (sets.length < wanted.length || sets.some(isUnseen)) return undefined
    return sets.flatMap((set) =>
      podsOf(set, pods)
        .filter((pod) => !pod.ending && isOutdated(pod, set))
        .map((pod) => ({ namespace, pod, images: imagesOf(set) })),
    )
  }
  const found = await lookFor(look, { seconds: notice })
  // An API that is silent would be taken for one without outdated pods.
  if (found === undefined) await kubectl(cluster, ['-n', namespace, 'get', 'daemonsets', '-o', 'name'])
  return found ?? []
}
