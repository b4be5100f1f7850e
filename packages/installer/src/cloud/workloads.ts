import { setTimeout as sleep } from 'node:timers/promises'
import { same, type Text } from '@edgelift/core'
import { loadAll } from 'js-yaml'
import { z } from 'zod'
import { type Cluster, type PodState, podState, podStates, tryKubectl } from './kubectl.ts'

const Rendered = z.object({
  kind: z.string(),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
})
const Workload = z.object({
  metadata: z.object({ name: z.string(), generation: z.number().default(1) }),
  spec: z.object({
    replicas: z.number().default(1),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }),
  }),
  status: z
    .object({
      observedGeneration: z.number().default(0),
      replicas: z.number().default(0),
      updatedReplicas: z.number().default(0),
      availableReplicas: z.number().default(0),
      desiredNumberScheduled: z.number().default(0),
      currentNumberScheduled: z.number().default(0),
    })
    .prefault({}),
})

const Objects = z.object({ items: z.array(z.looseObject({ kind: z.string() })) })

/**
 * Whether what a release runs is up, as far as this node is concerned: helm's own word proves nothing (it says so while
 * an image is missing on one node), and other nodes may be away.
 * @param manifest the objects of the release
 * @returns true, or what is still missing
 */
export async function workloadsUp(
  cluster: Cluster,
  {
    manifest,
    namespace,
    nodeName,
  }: { readonly manifest: string; readonly namespace: string; readonly nodeName: string },
): Promise<true | Text> {
  const wanted = loadAll(manifest).flatMap((document) => {
    const { data } = Rendered.safeParse(document)
    return data !== undefined && ['Deployment', 'DaemonSet'].includes(data.kind) ? [data] : []
  })
  const namespaces = new Set(wanted.map(({ metadata }) => metadata.namespace ?? namespace))
  for (const each of namespaces) {
    const found = await namespaceState(cluster, each)
    for (const { kind, metadata } of wanted) {
      if ((metadata.namespace ?? namespace) !== each) continue
      const seen = workloadUp(found, { kind, name: metadata.name, nodeName })
      if (seen !== true) return seen
    }
  }
  return true
}

interface NamespaceState {
  readonly workloads: readonly (z.infer<typeof Workload> & { readonly kind: string })[]
  readonly pods: readonly PodState[]
}

/** All in one question: to start kubectl takes the time of a machine that has to start the pods meanwhile. */
async function namespaceState(cluster: Cluster, namespace: string): Promise<NamespaceState> {
  const text = await tryKubectl(cluster, '-n', namespace, 'get', 'deployments,daemonsets,pods', '-o', 'json')
  const { items } = text === undefined ? { items: [] } : Objects.parse(JSON.parse(text))
  return {
    workloads: items
      .filter(({ kind }) => kind !== 'Pod')
      .map((item) => ({ kind: item.kind, ...Workload.parse(item) })),
    pods: items.filter(({ kind }) => kind === 'Pod').map(podState),
  }
}

const Selecting = z.object({
  metadata: z.object({ namespace: z.string().optional() }),
  spec: z.object({ selector: z.object({ matchLabels: z.record(z.string(), z.string()) }) }),
})

const FAREWELL = 45 // seconds in which pods end by themselves, also on edges

/**
 * Waits until the pods of a release that was uninstalled are gone. Those on nodes that are away would stand in the way of
 * their namespace for ever, and are dropped.
 */
export async function podsGone(
  cluster: Cluster,
  { manifest, namespace: own }: { readonly manifest: string; readonly namespace: string },
): Promise<void> {
  const until = performance.now() + FAREWELL * 1000
  for (const document of loadAll(manifest)) {
    const workload = Selecting.safeParse(document)
    if (!workload.success) continue
    const namespace = workload.data.metadata.namespace ?? own
    const selector = spokenSelector(workload.data.spec.selector.matchLabels)
    while ((await podStates(cluster, namespace, selector)).length > 0 && performance.now() < until)
      await sleep(1000)
    const force = ['--force', '--grace-period=0', '--ignore-not-found', '--wait=false']
    await tryKubectl(cluster, '-n', namespace, 'delete', 'pods', '-l', selector, ...force)
  }
}

function spokenSelector(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

interface Named {
  readonly kind: string
  readonly name: string
  readonly nodeName: string
}

function workloadUp({ workloads, pods }: NamespaceState, { kind, name, nodeName }: Named): true | Text {
  const found = workloads.find((one) => one.kind === kind && one.metadata.name === name)
  if (found === undefined) return { en: `${kind} ${name} is not there`, zh: `缺少 ${kind} ${name}` }
  const { metadata, spec, status } = found
  if (status.observedGeneration < metadata.generation)
    return { en: `${kind} ${name} is new`, zh: `${kind} ${name} 刚刚更新` }
  const selector = Object.entries(spec.selector.matchLabels)
  const own = pods.filter(({ labels }) => selector.every(([key, value]) => labels[key] === value))
  if (kind === 'Deployment') {
    // As `kubectl rollout status`: while an old pod is there, it is the old one that is available.
    const isNew = status.updatedReplicas >= spec.replicas && status.replicas <= status.updatedReplicas
    const up = isNew && status.availableReplicas >= spec.replicas
    const waiting = own.find((pod) => !pod.running)
    return up || same(waiting === undefined ? `${kind} ${name}` : `${waiting.name}: ${waiting.reason}`)
  }
  const here = own.filter((pod) => pod.node === nodeName)
  const waiting = here.find((pod) => !pod.running)
  if (waiting !== undefined) return same(`${waiting.name}: ${waiting.reason}`)
  // None is wanted here when all that are wanted have been put elsewhere: Mosquitto's are for edges.
  if (here.length > 0 || status.currentNumberScheduled >= status.desiredNumberScheduled) return true
  return { en: `no pod of ${name} on ${nodeName} yet`, zh: `${nodeName} 上尚无 ${name} 的 Pod` }
}
