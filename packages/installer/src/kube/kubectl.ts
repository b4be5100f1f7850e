import { EdgeliftError, mustExec } from '@edgelift/core'
import { z } from 'zod'
import type { Host } from '../node/host.ts'
import { lookFor } from '../node/pauses.ts'
import { readOutput } from './output.ts'

/** How kubectl is called for a cluster, and with which configuration. */
export interface ClusterAccess {
  /** `k3s kubectl`, or the host's own for an existing cluster. */
  readonly kubectl: readonly [command: string, ...args: string[]]
  readonly kubeconfig: string
}

export interface Cluster extends ClusterAccess {
  readonly host: Host
}

/** Seconds. A K3s that has lost its lease under load restarts, which takes a slow machine about as long. */
const RESTART = 30
/** What kubectl says where nothing listens: nothing of the command has been done. */
const REFUSED = 'was refused - did you specify the right host or port?'

/**
 * What kubectl prints. Where the API refuses the connection, it is asked again for a while.
 * @param input for its standard input
 * @throws COMMAND_FAILED, COMMAND_MISSING
 */
export async function kubectl(cluster: Cluster, args: readonly string[], input?: string): Promise<string> {
  const [command, ...first] = cluster.kubectl
  const all = [...first, '--kubeconfig', cluster.kubeconfig, ...args]
  const options = { timeout: 60_000, ...(input === undefined ? {} : { input }) }
  let refusal: unknown
  const call = () =>
    mustExec(cluster.host.exec, command, all, options).catch((error: unknown) => {
      if (!(error instanceof EdgeliftError) || error.because?.en.includes(REFUSED) !== true) throw error
      refusal = error
      return undefined
    })
  const printed = await lookFor(call, { seconds: RESTART })
  if (printed === undefined) throw refusal
  return printed
}

/** As {@link kubectl}; undefined when it fails: the object is not there, the API does not answer yet, or no kubectl is. */
export async function tryKubectl(cluster: Cluster, ...args: string[]): Promise<string | undefined> {
  const [command, ...first] = cluster.kubectl
  const all = [...first, '--kubeconfig', cluster.kubeconfig, ...args]
  try {
    const result = await cluster.host.exec(command, all, { timeout: 30_000 })
    return result.code === 0 ? result.stdout : undefined
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'COMMAND_MISSING') return undefined
    throw error
  }
}

/**
 * What `kubectl get` says of objects; undefined when it fails, as for {@link tryKubectl}. With `--ignore-not-found` the
 * schema has to take `null`: nothing is there.
 * @param what resource, names, selectors
 * @throws COMMAND_FAILED where the schema does not fit
 */
export async function get<T>(
  cluster: Cluster,
  schema: z.ZodType<T>,
  what: readonly string[],
  namespace?: string,
): Promise<T | undefined> {
  const args = [...inNamespace(namespace), 'get', ...what, '-o', 'json']
  const text = await tryKubectl(cluster, ...args)
  return text === undefined ? undefined : readOutput(schema, [...cluster.kubectl, ...args], text)
}

/** Milliseconds for {@link watchFor}: a kubelet reports, and renews its lease, every 10 s. */
export const WATCHED = 12_000

/**
 * What changes of objects within a time, a line each.
 * @param format JSONPath
 * @param time milliseconds
 */
export async function watchFor(
  cluster: Cluster,
  what: readonly string[],
  format: string,
  time: number,
): Promise<string> {
  const [command, ...first] = cluster.kubectl
  const watch = ['get', ...what, '--watch-only', '-o', `jsonpath=${format}`]
  const all = [...first, '--kubeconfig', cluster.kubeconfig, ...watch]
  return (await cluster.host.exec(command, all, { timeout: time })).stdout
}

/** One field of an object as text, by its JSONPath; undefined as well when it is empty or not there. */
export async function fieldOf(
  cluster: Cluster,
  what: readonly string[],
  path: string,
  namespace?: string,
): Promise<string | undefined> {
  const output = `jsonpath={${path}}`
  return (await tryKubectl(cluster, ...inNamespace(namespace), 'get', ...what, '-o', output)) || undefined
}

/** A value of a ConfigMap or, in base64, of a Secret. */
interface DataPlace {
  readonly namespace: string
  readonly resource: string
  readonly name: string
  readonly key: string
}

export function dataOf(
  cluster: Cluster,
  { namespace, resource, name, key }: DataPlace,
): Promise<string | undefined> {
  return fieldOf(cluster, [resource, name], `.data.${key.replaceAll('.', '\\.')}`, namespace)
}

/** A value of a Secret, decoded. */
export async function secretValue(
  cluster: Cluster,
  place: Omit<DataPlace, 'resource'>,
): Promise<Buffer | undefined> {
  const text = await dataOf(cluster, { ...place, resource: 'secret' })
  return text === undefined ? undefined : Buffer.from(text, 'base64')
}

function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['-n', namespace]
}

/** Whether the API can be asked at all: what it does not list is missing only then. */
export async function apiResponds(cluster: Cluster): Promise<boolean> {
  return (await tryKubectl(cluster, 'get', '--raw', '/readyz')) !== undefined
}

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

/** As much of a pod as is looked at (k8s.io/api/core/v1). */
export const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().nullish(),
  }),
  spec: z.object({
    nodeName: z.string().optional(),
    affinity: z.unknown().optional(),
    containers: z.array(z.object({ image: z.string() })).optional(),
  }),
  status: z.object({
    phase: z.string().optional(),
    containerStatuses: z
      .array(
        z.object({
          ready: z.boolean(),
          restartCount: z.number(),
          state: z.object({ waiting: z.object({ reason: z.string().optional() }).optional() }).optional(),
        }),
      )
      .optional(),
  }),
})
const Pods = z.object({ items: z.array(Pod) })

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
  /** `CrashLoopBackOff`, `ImagePullBackOff`, …, or the phase. */
  readonly reason: string
  /** How often its containers have been started again. */
  readonly restarts: number
}

/** The pods of a selector; empty while the API does not answer. */
export async function podStates(cluster: Cluster, namespace: string, selector: string): Promise<PodState[]> {
  const pods = await get(cluster, Pods, ['pods', '-l', selector], namespace)
  return pods === undefined ? [] : pods.items.map(podState)
}

/** What a pod's object says of its state. */
export function podState({ metadata, spec, status }: z.infer<typeof Pod>): PodState {
  const containers = status.containerStatuses ?? []
  const waiting = containers.map((one) => one.state?.waiting?.reason).find((reason) => reason !== undefined)
  return {
    name: metadata.name,
    labels: metadata.labels,
    ending: Boolean(metadata.deletionTimestamp),
    node: spec.nodeName ?? wantedNode(spec.affinity),
    images: (spec.containers ?? []).map(({ image }) => image),
    running: status.phase === 'Running' && containers.length > 0 && containers.every((one) => one.ready),
    reason: waiting ?? status.phase ?? 'Unknown',
    restarts: containers.reduce((sum, one) => sum + one.restartCount, 0),
  }
}

function wantedNode(affinity: unknown): string | undefined {
  const terms = NodeAffinity.safeParse(affinity).data?.nodeAffinity
  return terms?.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]?.matchFields[0]?.values[0]
}

/** The events of a namespace, the newest last: the cluster's own words when a wait expires. */
export async function recentEvents(cluster: Cluster, namespace: string): Promise<string> {
  const text = await tryKubectl(
    cluster,
    '-n',
    namespace,
    'get',
    'events',
    '--sort-by=.lastTimestamp',
    '--no-headers',
  )
  return (text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .slice(-12)
    .join('\n')
}
