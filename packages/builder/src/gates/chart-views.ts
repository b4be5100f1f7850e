import type { BundleChart } from '@edgelift/bundle'
import type { ChartFiles } from '../sources/chart-tarball.ts'
import type { ClusterState } from './render.ts'

/** What a chart's templates look at, beside their values. */
export interface ChartViews {
  /** Which APIs the cluster serves. */
  readonly apis: boolean
  /** Whether the release is there already. */
  readonly upgrade: boolean
}

/** Reads it off the chart's own text; a chart with packed charts inside may look at everything. */
export function viewsOf(files: ChartFiles, chart: BundleChart): ChartViews {
  const own = [...files].map(([path, bytes]) => `${path}\n${Buffer.from(bytes).toString('latin1')}`)
  const text = [...own, JSON.stringify([chart.values, chart.variants])].join('\n')
  const nested = [...files.keys()].some((path) => /(^|\/)charts\/[^/]+\.tgz$/.test(path))
  return {
    apis: nested || text.includes('Capabilities'),
    upgrade: nested || /\.Release\b(?!\.(Name|Namespace|Service)\b)|\bIs(Upgrade|Install)\b/.test(text),
  }
}

/**
 * The states of a cluster that make a difference to a chart: a new K3s, one that has all CRDs of the archive, and the
 * second run on that.
 */
export function statesFor(
  { apis, upgrade }: ChartViews,
  served: { readonly k3s: readonly string[]; readonly crds: readonly string[] },
): ClusterState[] {
  const all = apis ? [...served.k3s, ...served.crds] : []
  const full: ClusterState = { apiVersions: all, upgrade: false }
  const fresh: ClusterState = { apiVersions: served.k3s, upgrade: false }
  return [
    full,
    ...(apis && served.crds.length > 0 ? [fresh] : []),
    ...(upgrade ? [{ ...full, upgrade: true }] : []),
  ]
}
