import type { BundleChart } from '@edgelift/bundle'
import { same, type Text } from '@edgelift/core'
import { KUBECONFIG } from '../kube/access.ts'
import { type Cluster, type ClusterAccess, dataOf, tryKubectl } from '../kube/kubectl.ts'
import { namespaceState, podsOf } from '../kube/workloads.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { waitForChart } from './chart-wait.ts'

export interface ChartsReadyInputs {
  readonly cluster: ClusterAccess
  /** Names of charts of the archive. */
  readonly charts: readonly string[]
  /** The node whose pods are watched. */
  readonly nodeName: string
}

/**
 * The objects are there that charts' programs create once they work: their pods report ready before, CloudCore's up to ten
 * seconds. A step of its own and after all charts, so that one does not wait for what only edges need of another.
 */
export const chartsReady = defineStep<ChartsReadyInputs>({
  id: 'charts-ready',
  title: ({ charts }) => ({
    en: `wait until ${charts.join(', ')} is ready`,
    zh: `等待 ${charts.join('、')} 就绪`,
  }),
  async check(run, inputs) {
    const cluster = { host: run.host, ...inputs.cluster }
    for (const chart of chartsOf(run, inputs))
      if ((await objectsReady(cluster, chart, inputs.nodeName)) !== true) return false
    return true
  },
  async apply(run, inputs) {
    const { nodeName } = inputs
    const cluster = { host: run.host, ...inputs.cluster }
    for (const chart of chartsOf(run, inputs)) {
      const { name } = chart
      const what = { en: `what ${name} creates at its start`, zh: `${name} 启动时生成的对象` }
      const look = () => objectsReady(cluster, chart, nodeName)
      await waitForChart(run, { id: 'charts-ready', what, chart, cluster, nodeName, look })
    }
  },
})

function chartsOf({ manifest }: Run, { charts }: ChartsReadyInputs): BundleChart[] {
  return manifest.charts.filter(({ name }) => charts.includes(name))
}

type ReadyObject = NonNullable<BundleChart['ready']>[number]

async function objectsReady(cluster: Cluster, chart: BundleChart, nodeName: string): Promise<true | Text> {
  for (const object of chart.ready ?? []) {
    const seen = object.everyStart
      ? await writtenSinceStart(cluster, chart, { object, nodeName })
      : await exists(cluster, chart, object)
    if (seen !== true) return seen
  }
  return true
}

async function exists(
  cluster: Cluster,
  { namespace }: BundleChart,
  { resource, name, key }: ReadyObject,
): Promise<true | Text> {
  const text =
    key === undefined
      ? await tryKubectl(cluster, '-n', namespace, 'get', resource, name, '-o', 'name')
      : await dataOf(cluster, { namespace, resource, name, key })
  return (text ?? '') !== '' || absent({ resource, name })
}

function absent({ resource, name }: Pick<ReadyObject, 'resource' | 'name'>): Text {
  return { en: `${resource} ${name} has not been created yet`, zh: `${resource} ${name} 尚未生成` }
}

/**
 * Whether an object is of the program that runs now: an upgrade and a restore find that of a former one. A start in the
 * future says nothing: the clock was set back since.
 */
async function writtenSinceStart(
  cluster: Cluster,
  { namespace, restarts = [] }: BundleChart,
  { object, nodeName }: { readonly object: ReadyObject; readonly nodeName: string },
): Promise<true | Text> {
  const [written, { workloads, pods }] = await Promise.all([
    writtenAt(cluster, namespace, object),
    namespaceState(cluster, namespace),
  ])
  if (written === undefined) return absent(object)
  const own = workloads.filter(({ kind, metadata }) =>
    restarts.includes(`${kind.toLowerCase()}/${metadata.name}`),
  )
  if (own.length < restarts.length) return same(restarts.join(', '))
  for (const pod of own.flatMap((one) => podsOf(one, pods)).filter(({ node }) => node === nodeName)) {
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

/** When an object was written last, in milliseconds since 1970; undefined while it, or its key, is not there. */
async function writtenAt(
  cluster: Cluster,
  namespace: string,
  { resource, name, key }: ReadyObject,
): Promise<number | undefined> {
  const value = key === undefined ? '{.metadata.name}' : `{.data.${key.replaceAll('.', '\\.')}}`
  const times = '{.metadata.creationTimestamp} {.metadata.managedFields[*].time}'
  const output = `jsonpath=${value} ${times}`
  const text = await tryKubectl(cluster, '-n', namespace, 'get', resource, name, '-o', output)
  const [found, ...written] = (text ?? '').trimEnd().split(/ +/)
  return found ? Math.max(...written.map((time) => Date.parse(time))) : undefined
}
