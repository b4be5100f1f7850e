import { z } from 'zod'
import { type Cluster, get, mustGet } from './kubectl.ts'
import { listOf } from './list.ts'

/** By which a DaemonSet's controller says for which node a pod is (Kubernetes pkg/controller/daemon/util). */
const NodeAffinity = z.object({
  nodeAffinity: z.object({
    requiredDuringSchedulingIgnoredDuringExecution: z.object({
      nodeSelectorTerms: z.array(
        z.object({
          matchFields: z
            .array(z.object({ key: z.literal('metadata.name'), values: z.array(z.string()) }))
            .length(1),
        }),
      ),
    }),
  }),
})

const Container = z.object({
  ready: z.boolean(),
  restartCount: z.number(),
  state: z
    .object({
      waiting: z.object({ reason: z.string().optional() }).optional(),
      running: z.object({ startedAt: z.string() }).optional(),
      terminated: z.object({ reason: z.string().optional() }).optional(),
    })
    .optional(),
})

/** As much of a pod as is looked at (k8s.io/api/core/v1). */
export const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    creationTimestamp: z.string().default(''),
    deletionTimestamp: z.string().nullish(),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    affinity: z.unknown().optional(),
    containers: z.array(z.object({ image: z.string() })).optional(),
  }),
  status: z.object({
    phase: z.string().optional(),
    reason: z.string().optional(),
    initContainerStatuses: z.array(Container).optional(),
    containerStatuses: z.array(Container).optional(),
  }),
})
const Pods = listOf(Pod)

export interface PodState {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  /** Where it is, or, of a DaemonSet, where it is to be. */
  readonly node: string | undefined
  /** Of its containers, as its specification names them. */
  readonly images: readonly string[]
  readonly running: boolean
  /** Deleted, and not gone yet. */
  readonly ending: boolean
  /**
   * Evicted, refused by its kubelet, or through: it never runs again. Its controller has created another one, and a
   * Deployment's leaves it where it is.
   */
  readonly ended: boolean
  /** `CrashLoopBackOff`, `ImagePullBackOff`, `Evicted`, `ContainersNotReady`, …, or the phase. */
  readonly reason: string
  /** How often its containers have been started again. */
  readonly restarts: number
  /** Milliseconds since 1970, by the API server's clock; NaN where it does not say. */
  readonly created: number
  /** When the first of its containers started, by its node's clock; NaN while one does not run. */
  readonly started: number
}

/** The pods of a selector; undefined while the API does not answer, which is no word that there are none. */
export async function podStates(
  cluster: Cluster,
  namespace: string,
  selector: string,
): Promise<PodState[] | undefined> {
  return (await get(cluster, Pods, ['pods', '-l', selector], namespace))?.items.map(podState)
}

/** The same. @throws COMMAND_FAILED when it does not answer: there may be any */
export async function mustListPods(
  cluster: Cluster,
  namespace: string,
  selector: string,
): Promise<PodState[]> {
  return (await mustGet(cluster, Pods, ['pods', '-l', selector], namespace)).items.map(podState)
}

/** What a pod's object says of its state. */
export function podState({ metadata, spec, status }: z.infer<typeof Pod>): PodState {
  const containers = status.containerStatuses ?? []
  // Containers wait for PodInitializing, whatever an init container before them waits for.
  const waiting = [...(status.initContainerStatuses ?? []), ...containers]
    .map((one) => one.state?.waiting?.reason)
    .find((reason) => reason !== undefined && reason !== 'PodInitializing')
  const isRunning = status.phase === 'Running'
  const ready = containers.length > 0 && containers.every((one) => one.ready)
  // Of a pod that runs: a container that is about to be started again.
  const terminated = isRunning
    ? containers.map((one) => one.state?.terminated?.reason).find(Boolean)
    : undefined
  return {
    name: metadata.name,
    labels: metadata.labels,
    ending: Boolean(metadata.deletionTimestamp),
    node: spec.nodeName ?? wantedNode(spec.affinity),
    images: (spec.containers ?? []).map(({ image }) => image),
    running: isRunning && ready,
    ended: status.phase === 'Failed' || status.phase === 'Succeeded',
    reason:
      waiting ??
      status.reason ??
      terminated ??
      (isRunning && !ready ? 'ContainersNotReady' : status.phase) ??
      'Unknown',
    restarts: containers.reduce((sum, one) => sum + one.restartCount, 0),
    created: Date.parse(metadata.creationTimestamp),
    started: Math.min(...containers.map((one) => Date.parse(one.state?.running?.startedAt ?? ''))),
  }
}

function wantedNode(affinity: unknown): string | undefined {
  const terms = NodeAffinity.safeParse(affinity).data?.nodeAffinity
  return terms?.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]?.matchFields[0]?.values[0]
}
