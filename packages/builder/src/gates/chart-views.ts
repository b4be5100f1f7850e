import { gunzipSync } from 'node:zlib'
import type { BundleChart } from '@edgelift/bundle'
import type { ClusterState } from './render.ts'

/** What a chart's templates look at, beside their values. */
export interface ChartViews {
  /** Which APIs the cluster serves. */
  readonly apis: boolean
  /** Whether the release is there already. */
  readonly upgrade: boolean
}

// Charts unpack to at most 32 MiB (chart-tarball.ts), to which tar adds headers.
const UNPACKED_LIMIT = 64 * 1024 * 1024

/** Reads it off the chart's own text; a chart with packed charts inside may look at everything. */
export function viewsOf(packed: Uint8Array, chart: BundleChart): ChartViews {
  const unpacked = gunzipSync(packed, { maxOutputLength: UNPACKED_LIMIT }).toString('latin1')
  const text = `${unpacked}\n${JSON.stringify([chart.values, chart.variants])}`
  const nested = /charts\/[^\0/]+\.tgz\0/.test(text)
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
