import type { BundleChart } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { K3S_UNIT } from '../k3s/files.ts'
import { formatKubectl, KUBECONFIG } from '../kube/access.ts'
import { watchPods } from '../kube/crashing-pods.ts'
import { type Cluster, recentEvents } from '../kube/kubectl.ts'
import { waitUntil } from '../node/wait.ts'
import type { Run } from '../steps/run.ts'

/** Seconds for a chart's pods: images are on the disk, so this is for slow machines. */
const DEADLINE = 300

export interface ChartWait {
  readonly id: string
  readonly what: Text
  readonly chart: Pick<BundleChart, 'namespace'>
  readonly cluster: Cluster
  /** The node whose pods are watched; null: all pods. */
  readonly nodeName: string | null
  /** True when it has come, or what is still missing. */
  readonly look: () => Promise<true | Text>
}

/**
 * Waits for something of a chart; a pod of its namespace on this node that exits again and again ends the wait, and so does
 * K3s.
 * @throws WAIT_EXPIRED, STEP_FAILED
 */
export function waitForChart(run: Pick<Run, 'host' | 'report' | 'signal'>, wait: ChartWait): Promise<void> {
  const { id, what, chart, cluster, nodeName, look } = wait
  const { namespace } = chart
  const crashing = watchPods(cluster, { namespace, nodeName })
  return waitUntil({
    ...run,
    services: { host: run.host, units: cluster.kubeconfig === KUBECONFIG ? [K3S_UNIT] : [] },
    id,
    what,
    deadline: DEADLINE,
    look: async () => {
      const [seen, crash] = await Promise.all([look(), crashing()])
      return seen === true ? seen : (crash ?? seen)
    },
    words: () => recentEvents(cluster, namespace),
    fix: {
      en: `${formatKubectl(cluster)} -n ${namespace} describe pods`,
      zh: `查看 ${formatKubectl(cluster)} -n ${namespace} describe pods`,
    },
  })
}
