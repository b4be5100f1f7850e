import type { BundleChart } from '@edgelift/bundle'
import { releaseOf, uninstall } from '../kube/helm.ts'
import type { Cluster, ClusterAccess } from '../kube/kubectl.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'

export interface GoneChartsInputs {
  readonly cluster: ClusterAccess
  /** Names of charts of the archive that are not chosen, the last one of an installation first. */
  readonly charts: readonly string[]
}

/** A setting that was changed takes charts away again. */
export const goneCharts = defineStep<GoneChartsInputs>({
  id: 'charts-gone',
  title: { en: 'uninstall components that are no longer selected', zh: '卸载不再选用的组件' },
  check: async (run, inputs) => (await installed(run, inputs)).length === 0,
  async apply(run, inputs) {
    for (const chart of await installed(run, inputs)) {
      await uninstall(run, clusterOf(run, inputs), chart)
      await run.changes.forget({ kind: 'release', release: chart.release, namespace: chart.namespace })
    }
  },
})

async function installed(run: Run, inputs: GoneChartsInputs): Promise<BundleChart[]> {
  const found: BundleChart[] = []
  for (const name of inputs.charts) {
    const chart = run.manifest.charts.find((one) => one.name === name)
    if (chart && (await releaseOf(run, clusterOf(run, inputs), chart))?.ours) found.push(chart)
  }
  return found
}

function clusterOf({ host }: Run, { cluster }: GoneChartsInputs): Cluster {
  return { host, ...cluster }
}
