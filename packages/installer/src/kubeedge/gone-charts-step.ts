import type { BundleChart } from '@edgelift/bundle'
import { releaseOf, uninstall } from '../kube/helm.ts'
import type { Cluster, ClusterAccess } from '../kube/kubectl.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { releaseKept } from './release-kept.ts'

export interface GoneChartsInputs {
  readonly cluster: ClusterAccess
  /** Names of charts of the archive that are not chosen, the last one of an installation first. */
  readonly charts: readonly string[]
  /** The operator's own file with the PSK; null: that of the archive's directory. */
  readonly pskFile: string | null
}

/** A setting that was changed takes charts away again; what somebody else installed under their names stays, and is told. */
export const goneCharts = defineStep<GoneChartsInputs>({
  id: 'charts-gone',
  title: { en: 'uninstall components that are no longer selected', zh: '卸载不再选用的组件' },
  async check(run, inputs) {
    const releases = await installed(run, inputs)
    for (const { chart } of releases.filter(({ ours }) => !ours)) {
      const text = await releaseKept(run, { cluster: clusterOf(run, inputs), chart, pskFile: inputs.pskFile })
      run.report({ type: 'note', level: 'warning', text })
    }
    return !releases.some(({ ours }) => ours)
  },
  async apply(run, inputs) {
    for (const { chart, ours } of await installed(run, inputs)) {
      if (!ours) continue
      await uninstall(run, clusterOf(run, inputs), chart)
      await run.changes.forget({ kind: 'release', release: chart.release, namespace: chart.namespace })
    }
  },
})

interface Installed {
  readonly chart: BundleChart
  readonly ours: boolean
}

async function installed(run: Run, inputs: GoneChartsInputs): Promise<Installed[]> {
  const found: Installed[] = []
  for (const name of inputs.charts) {
    const chart = run.manifest.charts.find((one) => one.name === name)
    const release = chart && (await releaseOf(run, clusterOf(run, inputs), chart))
    if (chart !== undefined && release !== undefined) found.push({ chart, ours: release.ours })
  }
  return found
}

function clusterOf({ host }: Run, { cluster }: GoneChartsInputs): Cluster {
  return { host, ...cluster }
}
