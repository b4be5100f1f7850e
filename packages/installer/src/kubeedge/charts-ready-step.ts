import type { BundleChart } from '@edgelift/bundle'
import type { ClusterAccess } from '../kube/kubectl.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { waitForChart } from './chart-wait.ts'
import { objectsReady } from './ready-objects.ts'
import { objectsWritten, startObjects } from './written-objects.ts'

export interface ChartsReadyInputs {
  readonly cluster: ClusterAccess
  /** Names of charts of the archive. */
  readonly charts: readonly string[]
  /** The node whose pods are watched. */
  readonly nodeName: string
}

/**
 * The objects are there that charts' programs create once they work. A step of its own and after all charts, so that one
 * does not wait for what only edges need of another.
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
      const what = startObjects(chart)
      const look = objectsWritten(cluster, { chart, nodeName, report: run.report })
      await waitForChart(run, { id: 'charts-ready', what, chart, cluster, nodeName, look })
    }
  },
})

function chartsOf({ manifest }: Run, { charts }: ChartsReadyInputs): BundleChart[] {
  return manifest.charts.filter(({ name }) => charts.includes(name))
}
