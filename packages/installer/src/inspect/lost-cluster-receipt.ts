import type { BundleChart } from '@edgelift/bundle'
import { clusterOf, type Place } from '../kube/access.ts'
import { orUnknown, ownReleases, type ReleaseName } from '../kube/helm.ts'
import { kubeconfigOf } from '../kube/kubeconfig.ts'
import { meshChanges } from '../mesh/objects.ts'
import { existsOnHost } from '../node/host.ts'
import type { Change } from '../state/change.ts'
import type { StepRecord } from '../state/receipt.ts'
import { meshRecords, record } from './lost-receipt.ts'

/** KubeEdge in an existing cluster, as seen from a machine without a receipt. */
export type FoundInCluster = { readonly kubeconfig: string } & (
  | {
      readonly state: 'installed'
      /** Whether from this machine; without the mesh refresh service, nothing tells. */
      readonly isFromHere: boolean
      /** Names, where the cluster responds. */
      readonly releases: readonly string[] | undefined
      readonly steps: StepRecord[]
    }
  /** The cluster does not respond, which is no word that nothing is in it. */
  | { readonly state: 'unknown' }
)

/**
 * Rebuilds what `install-kubeedge-only.sh` recorded, by looking: the mesh refresh service tells that it was on this machine, and
 * helm releases bear edgelift's label. Whose the namespace, CRDs and images were, nobody knows any more: they are not in it.
 * @param named the cluster's kubeconfig; one of the usual places when left out
 * @returns undefined where nothing is installed
 */
export async function rebuiltInCluster(place: Place, named?: string): Promise<FoundInCluster | undefined> {
  const { host, manifest } = place
  const kubeconfig = await kubeconfigOf(host, { typed: named, cwd: '/', receipt: undefined })
  const isThere = await existsOnHost(host, kubeconfig)
  const service = await meshRecords(host, manifest)
  const isFromHere = service.length > 0
  if (!isThere && !isFromHere) return undefined
  const releases = isThere
    ? await orUnknown(ownReleases(place, await clusterOf(place, { kubeconfig })))
    : undefined
  if (releases === undefined && !isFromHere) return { kubeconfig, state: 'unknown' }
  if (releases?.length === 0 && !isFromHere) return undefined
  const charts = chartRecords(manifest.charts, releases)
  return {
    kubeconfig,
    state: 'installed',
    isFromHere,
    releases: releases?.map(({ release }) => release),
    steps: [...charts, record('mesh-refresh-objects', OBJECTS, meshChanges()), ...service],
  }
}

/** @param releases the last one first; undefined for all that there turn out to be */
function chartRecords(
  charts: readonly BundleChart[],
  releases: readonly ReleaseName[] | undefined,
): StepRecord[] {
  if (releases === undefined) return [record('charts-gone', RELEASES, [{ kind: 'all-releases' }])]
  const found = releases.toReversed().map((release) => ({ release, chart: chartOf(charts, release) }))
  const labels = found.flatMap(({ chart }) => labelChanges(chart))
  return [
    ...(labels.length === 0 ? [] : [record('service-label', LABELS, labels)]),
    ...found.map(({ release, chart }) => releaseRecord(release, chart)),
  ]
}

const RELEASES = { en: 'helm releases', zh: 'helm release' }
const LABELS = { en: 'labels for EdgeMesh', zh: 'EdgeMesh 标签' }
const OBJECTS = { en: 'objects of the mesh refresh service', zh: '网格刷新服务的集群对象' }

/** Undefined for a release of a chart that this archive does not have. */
function chartOf(
  charts: readonly BundleChart[],
  { release, namespace }: ReleaseName,
): BundleChart | undefined {
  return charts.find((chart) => chart.release === release && chart.namespace === namespace)
}

function releaseRecord(found: ReleaseName, chart: BundleChart | undefined): StepRecord {
  const name = chart?.name ?? found.release
  const change: Change = { kind: 'release', ...found, leaves: chart?.leaves ?? [] }
  return record(`chart-${name}`, { en: `install ${name}`, zh: `安装 ${name}` }, [change])
}

/** Without their chart they say nothing, whoever has set them. */
function labelChanges(chart: BundleChart | undefined): Change[] {
  return (chart?.labels ?? []).map(
    ({ resource, namespace, name, label }): Change => ({ kind: 'label', resource, namespace, name, label }),
  )
}
