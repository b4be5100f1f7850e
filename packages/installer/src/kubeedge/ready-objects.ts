import type { BundleChart } from '@edgelift/bundle'
import { same, type Text } from '@edgelift/core'
import { KUBECONFIG } from '../kube/access.ts'
import { type Cluster, lookUp, NO_API } from '../kube/kubectl.ts'
import type { PodState } from '../kube/pods.ts'
import { namespaceState, podsOf } from '../kube/workloads.ts'

type ReadyObject = NonNullable<BundleChart['ready']>[number]

/**
 * Whether the objects are there that a chart's programs create once they work: their pods report ready before, CloudCore's
 * up to ten seconds.
 * @param nodeName whose pods count; null: those of every node
 * @returns true, or what is still missing
 */
export async function objectsReady(
  cluster: Cluster,
  chart: BundleChart,
  nodeName: string | null,
): Promise<true | Text> {
  for (const object of chart.ready ?? []) {
    const written = await writtenAt(cluster, chart.namespace, object)
    if (written === 'silent') return NO_API
    if (written === 'no-kind') return noKind(object)
    if (written === undefined) return absent(object)
    const seen = object.everyStart ? await isSinceStart(cluster, chart, { object, written, nodeName }) : true
    if (seen !== true) return seen
  }
  return true
}

function absent({ resource, name }: ReadyObject): Text {
  return { en: `${resource} ${name} has not been created yet`, zh: `${resource} ${name} 尚未生成` }
}

function noKind({ resource, name }: ReadyObject): Text {
  return {
    en: `the cluster has no resource type ${resource}, so no ${name}: its CRD is missing`,
    zh: `集群中没有资源类型 ${resource}（缺少其 CRD），因此没有 ${name}`,
  }
}

/**
 * Whether an object is of the program that runs now: an upgrade and a restore find that of a former one. A start in the
 * future says nothing: the clock was set back since.
 */
async function isSinceStart(
  cluster: Cluster,
  { namespace, restarts = [] }: BundleChart,
  {
    object,
    written,
    nodeName,
  }: { readonly object: ReadyObject; readonly written: number; readonly nodeName: string | null },
): Promise<true | Text> {
  const found = await namespaceState(cluster, namespace)
  if (found === undefined) return NO_API
  const { workloads, pods } = found
  const own = workloads.filter(({ kind, metadata }) =>
    restarts.includes(`${kind.toLowerCase()}/${metadata.name}`),
  )
  if (own.length < restarts.length) return same(restarts.join(', '))
  const isCounted = ({ node, ended }: PodState) => !ended && (nodeName === null || node === nodeName)
  for (const pod of own.flatMap((one) => podsOf(one, pods)).filter(isCounted)) {
    if (pod.ending || !pod.running) return same(`${pod.name}: ${pod.reason}`)
    // Only of the archive's own K3s is it known that node and API server have one clock.
    const start = cluster.kubeconfig === KUBECONFIG ? Math.max(pod.created, pod.started) : pod.created
    if (written < start && start <= cluster.host.now())
      return {
        en: `${pod.name} has not written ${object.resource} ${object.name} since it started`,
        zh: `${pod.name} 启动后尚未写入 ${object.resource} ${object.name}`,
      }
  }
  return true
}

/**
 * When an object was written last, in milliseconds since 1970; undefined while it, or its key, is not there; `no-kind` where
 * the cluster has no objects of its kind; while the API does not say, `silent`.
 */
async function writtenAt(
  cluster: Cluster,
  namespace: string,
  { resource, name, key }: ReadyObject,
): Promise<number | 'silent' | 'no-kind' | undefined> {
  const value = key === undefined ? '{.metadata.name}' : `{.data.${key.replaceAll('.', '\\.')}}`
  const times = '{.metadata.creationTimestamp} {.metadata.managedFields[*].time}'
  const seen = await lookUp(cluster, [resource, name], { output: `jsonpath=${times}|${value}`, namespace })
  if (seen === undefined) return 'silent'
  if (seen === 'no-kind') return seen
  const end = seen.text.indexOf('|') // no time has it, and a value may hold anything
  const written = seen.text.slice(0, end).split(' ')
  return seen.text.length > end + 1 ? Math.max(...written.map((time) => Date.parse(time))) : undefined
}
