import { setTimeout as sleep } from 'node:timers/promises'
import { readKubernetesYaml, same, type Text } from '@edgelift/core'
import { z } from 'zod'
import { pauses } from '../node/pauses.ts'
import { type Cluster, get, kubectl, NO_API } from './kubectl.ts'
import { listOf } from './list.ts'
import type { ReleaseObjects } from './live-objects.ts'
import { Pod, type PodState, podState, podStates } from './pods.ts'

const Rendered = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  spec: z.object({ updateStrategy: z.unknown().optional() }).optional(),
})
const Containers = z.array(z.object({ image: z.string() })).default([])
const Workload = z.object({
  metadata: z.object({
    name: z.string(),
    generation: z.number().default(1),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  spec: z.object({
    replicas: z.number().default(1),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }),
    template: z
      .object({ spec: z.object({ containers: Containers, initContainers: Containers }) })
      .prefault({ spec: {} }),
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      desiredNumberScheduled: z.number().default(0),
    })
    .prefault({}),
})

const Objects = listOf(
  z.discriminatedUnion('kind', [
    Pod.extend({ kind: z.literal('Pod') }),
    Workload.extend({ kind: z.enum(['Deployment', 'DaemonSet']) }),
  ]),
)

/** What a release runs, seen from one node. */
export interface ReleaseHere extends ReleaseObjects {
  readonly nodeName: string
  /** Of edgelift: nothing else says when its pods are replaced. */
  readonly ours: boolean
}

/**
 * Whether what a release runs is up, as far as this node is concerned: helm's own word proves nothing (it says so while
 * an image is missing on one node), and other nodes may be away.
 * @returns true, or what is still missing
 */
export async function workloadsUp(cluster: Cluster, release: ReleaseHere): Promise<true | Text> {
  for (const [namespace, wanted] of workloadsOf(release)) {
    const found = await namespaceState(cluster, namespace)
    if (found === undefined) return NO_API
    for (const each of wanted) {
      const seen = workloadUp(found, each, release)
      if (seen !== true) return seen
    }
  }
  return true
}

export interface Wanted {
  readonly kind: string
  readonly name: string
  /** Whether the chart itself says how pods of a DaemonSet are replaced. */
  readonly setsStrategy: boolean
}

/** The workloads of a release by namespace. */
export function workloadsOf({ manifest, namespace: own }: ReleaseObjects): Map<string, Wanted[]> {
  const found = new Map<string, Wanted[]>()
  for (const document of readKubernetesYaml(manifest)) {
    const { data } = Rendered.safeParse(document)
    if (data === undefined || !['Deployment', 'DaemonSet'].includes(data.kind)) continue
    const { name, namespace = own } = data.metadata
    const setsStrategy = data.spec?.updateStrategy !== undefined
    found.set(namespace, [...(found.get(namespace) ?? []), { kind: data.kind, name, setsStrategy }])
  }
  return found
}

type WorkloadState = z.infer<typeof Workload> & { readonly kind: string }

export interface NamespaceState {
  readonly workloads: readonly WorkloadState[]
  readonly pods: readonly PodState[]
}

/**
 * All in one question: to start kubectl takes the time of a machine that has to start the pods meanwhile.
 * @returns undefined while the API does not respond, which is no word that nothing is there
 */
export async function namespaceState(
  cluster: Cluster,
  namespace: string,
): Promise<NamespaceState | undefined> {
  const items = (await get(cluster, Objects, ['deployments,daemonsets,pods'], namespace))?.items
  return (
    items && {
      workloads: items.filter((item) => item.kind !== 'Pod'),
      pods: items.filter((item) => item.kind === 'Pod').map(podState),
    }
  )
}

const Selecting = z.object({
  metadata: z.object({ namespace: z.string().optional() }),
  spec: z.object({ selector: z.object({ matchLabels: z.record(z.string(), z.string()) }) }),
})

const FAREWELL = 45 // seconds in which pods end by themselves, also on edges

/**
 * Waits until the pods of a release that was uninstalled are gone. Those on nodes that are away would stand in the way of
 * their namespace for ever, and are dropped.
 * @throws COMMAND_FAILED while the API does not respond
 */
export async function podsGone(
  cluster: Cluster,
  { manifest, namespace: own }: ReleaseObjects,
): Promise<void> {
  const until = performance.now() + FAREWELL * 1000
  for (const document of readKubernetesYaml(manifest)) {
    const workload = Selecting.safeParse(document)
    if (!workload.success) continue
    const namespace = workload.data.metadata.namespace ?? own
    const selector = formatSelector(workload.data.spec.selector.matchLabels)
    const pause = pauses()
    while ((await podStates(cluster, namespace, selector))?.length !== 0 && performance.now() < until)
      await sleep(pause.next().value)
    const force = ['--force', '--grace-period=0', '--ignore-not-found', '--wait=false']
    await kubectl(cluster, ['-n', namespace, 'delete', 'pods', '-l', selector, ...force])
  }
}

function formatSelector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

/** Kept by the API server for each DaemonSet, and by its controller on each pod (k8s.io/api/apps/v1, types.go). */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'
const POD_TEMPLATE_GENERATION = 'pod-template-generation'

export function isOutdated({ labels }: PodState, { metadata }: z.infer<typeof Workload>): boolean {
  return labels[POD_TEMPLATE_GENERATION] !== metadata.annotations[TEMPLATE_GENERATION]
}

/** Images that a new pod of a workload asks for. */
export function imagesOf({ spec }: WorkloadState): string[] {
  const { containers, initContainers } = spec.template.spec
  return [...containers, ...initContainers].map(({ image }) => image)
}

/** Whether its controller has yet to see how it is now. */
export function isUnseen({ metadata, status }: z.infer<typeof Workload>): boolean {
  return status.observedGeneration < metadata.generation
}

export function isOf(workload: WorkloadState, { kind, name }: Pick<Wanted, 'kind' | 'name'>): boolean {
  return workload.kind === kind && workload.metadata.name === name
}

export function podsOf({ spec }: z.infer<typeof Workload>, pods: readonly PodState[]): PodState[] {
  const selector = Object.entries(spec.selector.matchLabels)
  return pods.filter(({ labels }) => selector.every(([key, value]) => labels[key] === value))
}

function workloadUp(
  { workloads, pods }: NamespaceState,
  { kind, name }: Pick<Wanted, 'kind' | 'name'>,
  { ours, nodeName }: ReleaseHere,
): true | Text {
  const found = workloads.find((one) => isOf(one, { kind, name }))
  if (found === undefined) return { en: `${kind} ${name} is missing`, zh: `缺少 ${kind} ${name}` }
  if (isUnseen(found)) return { en: `${kind} ${name} is new`, zh: `${kind} ${name} 刚刚更新` }
  const { spec, status } = found
  const all = podsOf(found, pods)
  const own = all.filter(({ ended }) => !ended)
  if (kind === 'Deployment') {
    // As `kubectl rollout status`: while an old pod is there, it is the old one that is available.
    const isNew = status.updatedReplicas >= spec.replicas && status.replicas <= status.updatedReplicas
    const isAvailable = status.availableReplicas >= spec.replicas
    const waiting = own.find((pod) => !pod.running) ?? all.find(({ ended }) => ended)
    // A new pod on another node may wait for an image that comes with that node's own upgrade; the old one runs until then.
    const elsewhere = own.filter((pod) => !pod.running && pod.node !== undefined && pod.node !== nodeName)
    const isOthersAffair =
      status.updatedReplicas > 0 &&
      elsewhere.length > 0 &&
      own.every((pod) => pod.running || elsewhere.includes(pod))
    const up = isAvailable && (isNew || isOthersAffair)
    return up || same(waiting === undefined ? `${kind} ${name}` : `${waiting.name}: ${waiting.reason}`)
  }
  const here = own.filter((pod) => pod.node === nodeName)
  const waiting = here.find((pod) => !pod.running)
  if (waiting !== undefined) return same(`${waiting.name}: ${waiting.reason}`)
  // A DaemonSet that was deleted and created again has the former one's pods by its selector until they are gone.
  const ending = here.find((pod) => pod.ending)
  if (ending !== undefined) return { en: `${ending.name} is being deleted`, zh: `${ending.name} 正在删除` }
  const outdated = ours ? here.find((pod) => isOutdated(pod, found)) : undefined
  if (outdated !== undefined)
    return { en: `${outdated.name} has yet to be replaced`, zh: `${outdated.name} 尚待更换` }
  // None is wanted here when all that are wanted have been put elsewhere: Mosquitto's are for edges.
  const elsewhere = new Set(own.flatMap(({ node }) => node ?? []))
  if (here.length > 0 || elsewhere.size >= status.desiredNumberScheduled) return true
  const ended = all.find((pod) => pod.node === nodeName)
  if (ended !== undefined) return same(`${ended.name}: ${ended.reason}`)
  return { en: `no pod of ${name} on ${nodeName} yet`, zh: `${nodeName} 上尚无 ${name} 的 Pod` }
}
