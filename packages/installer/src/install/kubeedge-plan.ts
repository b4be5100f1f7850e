import { applies, type BundleChart, type BundleManifest, CHART_ORDER } from '@edgelift/bundle'
import type { ClusterAccess } from '../kube/kubectl.ts'
import { chartLabels } from '../kubeedge/chart-labels-step.ts'
import { chartRelease } from '../kubeedge/chart-step.ts'
import { chartsReady } from '../kubeedge/charts-ready-step.ts'
import { cloudCoreCertificates } from '../kubeedge/cloudcore-certificates-step.ts'
import { goneCharts } from '../kubeedge/gone-charts-step.ts'
import { istioCrds } from '../kubeedge/istio-crds-step.ts'
import { namespace } from '../kubeedge/namespace-step.ts'
import { MESH_UNIT_FILE } from '../mesh/places.ts'
import { meshRefresh, meshRefreshGone } from '../mesh/step.ts'
import { meshPrograms, meshUnit } from '../mesh/unit.ts'
import { SOON } from '../node/certificate-end.ts'
import { chartSettings, type ResolvedCloud } from '../settings/cloud.ts'
import { files } from '../steps/files.ts'
import type { Step } from '../steps/step.ts'

export interface CloudChoice {
  readonly settings: ResolvedCloud
  /** The operator's own file with EdgeMesh's PSK. */
  readonly pskFile: string | null
  /** The unpacked backup whose cluster is restored. */
  readonly restore?: string | undefined
}

/** What is installed in a cluster, be it the archive's own or an existing one. */
export function kubeEdgePlan(
  cluster: ClusterAccess,
  { settings, pskFile }: CloudChoice,
  manifest: BundleManifest,
): Step[] {
  const chosen = chosenCharts(manifest, settings)
  const others = manifest.charts.filter((chart) => !chosen.includes(chart)).toReversed()
  const options = [...settings.options].sort()
  const facts = [...settings.facts].sort()
  const { nodeName } = settings
  const awaited = chosen.filter(({ ready = [] }) => ready.length > 0).map(({ name }) => name)
  return [
    namespace({ cluster, name: 'kubeedge' }),
    istioCrds({ cluster, resources: ['destinationrules', 'gateways', 'virtualservices'] }),
    chartLabels({ cluster, chosen: chosen.map(({ name }) => name) }),
    goneCharts({ cluster, charts: others.map(({ name }) => name), pskFile }),
    ...chosen.map(({ name }) =>
      chartRelease({
        cluster,
        chart: name,
        options,
        facts,
        settings: chartSettings(settings),
        pskFile,
        nodeName,
      }),
    ),
    ...meshRefreshPlan(cluster, settings, manifest),
    ...(awaited.length === 0 ? [] : [chartsReady({ cluster, charts: awaited, nodeName })]),
    cloudCoreCertificates({ cluster, days: SOON, nodeName }),
  ]
}

function meshRefreshPlan(cluster: ClusterAccess, settings: ResolvedCloud, manifest: BundleManifest): Step[] {
  const packed = meshPrograms(manifest)
  const laid = [...packed.map(({ to }) => to), MESH_UNIT_FILE]
  if (!settings.meshRefresh) return [meshRefreshGone({ cluster, files: laid })]
  return [
    files({
      id: 'mesh-refresh-program',
      title: { en: 'install the mesh refresh service', zh: '安装网格刷新服务（mesh refresh）' },
      packed,
      generated: [meshUnit(manifest)],
    }),
    meshRefresh({
      cluster,
      image: manifest.settings.testImage,
      files: laid,
    }),
  ]
}

/** The charts of the archive that were chosen, in the order that the release gives them. */
export function chosenCharts(
  { charts }: Pick<BundleManifest, 'charts'>,
  settings: Pick<ResolvedCloud, 'options' | 'facts'>,
): BundleChart[] {
  const rank = ({ order = CHART_ORDER }: BundleChart) => order
  return charts.filter((chart) => applies(chart.when, settings)).toSorted((a, b) => rank(a) - rank(b))
}
