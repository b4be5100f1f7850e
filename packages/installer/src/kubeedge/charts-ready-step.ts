import type { BundleChart } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { K3S_UNIT } from '../k3s/files.ts'
import { formatKubectl, KUBECONFIG } from '../kube/access.ts'
import { watchPods } from '../kube/crashing-pods.ts'
import { type Cluster, type ClusterAccess, dataOf, recentEvents, tryKubectl } from '../kube/kubectl.ts'
import { waitUntil } from '../node/wait.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'

export interface ChartsReadyInputs {
  readonly cluster: ClusterAccess
  /** Names of charts of the archive. */
  readonly charts: readonly string[]
  /** The node whose pods are watched. */
  readonly nodeName: string
}

/** Seconds: CloudCore writes its token up to ten after its pod reports ready, and a slow machine takes longer. */
const DEADLINE = 300

/**
 * The objects are there that charts' programs create once they work: their pods report ready before. A step of its own and
 * after all charts, so that one does not wait for what only edges need of another.
 */
export const chartsReady = defineStep<ChartsReadyInputs>({
  id: 'charts-ready',
  title: ({ charts }) => ({
    en: `wait until ${charts.join(', ')} is ready`,
    zh: `等待 ${charts.join('、')} 就绪`,
  }),
  async check(run, inputs) {
    const cluster = { host: run.host, ...inputs.cluster }
    for (const chart of chartsOf(run, inputs)) if ((await objectsReady(cluster, chart)) !== true) return false
    return true
  },
  async apply(run, inputs) {
    for (const chart of chartsOf(run, inputs)) await waitFor(run, inputs, chart)
  },
})

function chartsOf({ manifest }: Run, { charts }: ChartsReadyInputs): BundleChart[] {
  return manifest.charts.filter(({ name }) => charts.includes(name))
}

function waitFor(run: Run, { cluster: access, nodeName }: ChartsReadyInputs, chart: BundleChart) {
  const { name, namespace } = chart
  const cluster = { host: run.host, ...access }
  const crashing = watchPods(cluster, { namespace, nodeName })
  return waitUntil({
    ...run,
    services: { host: run.host, units: access.kubeconfig === KUBECONFIG ? [K3S_UNIT] : [] },
    id: 'charts-ready',
    what: { en: `what ${name} creates at its start`, zh: `${name} 启动时生成的对象` },
    deadline: DEADLINE,
    look: async () => {
      const [seen, crash] = await Promise.all([objectsReady(cluster, chart), crashing()])
      return seen === true ? seen : (crash ?? seen)
    },
    words: () => recentEvents(cluster, namespace),
    fix: {
      en: `${formatKubectl(cluster)} -n ${namespace} describe pods`,
      zh: `查看 ${formatKubectl(cluster)} -n ${namespace} describe pods`,
    },
  })
}

async function objectsReady(cluster: Cluster, { namespace, ready = [] }: BundleChart): Promise<true | Text> {
  for (const { resource, name, key } of ready) {
    const text =
      key === undefined
        ? await tryKubectl(cluster, '-n', namespace, 'get', resource, name, '-o', 'name')
        : await dataOf(cluster, { namespace, resource, name, key })
    if ((text ?? '') === '')
      return {
        en: `${resource} ${name} has not been created yet`,
        zh: `${resource} ${name} 尚未生成`,
      }
  }
  return true
}
