import type { BundleChart, JsonObject } from '@edgelift/bundle'
import { type Bundle, missingCrds, releaseManifest, releaseOf, releaseValues } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { driftOf, type ObjectDrift } from '../kube/live-objects.ts'
import type { Drift } from '../steps/step.ts'
import { mergedValues } from './kept-values.ts'
import { differentPaths } from './value-paths.ts'

/**
 * What somebody changed of a release: its values, its objects and its CRDs as they live in the cluster. Nothing of a
 * release that edgelift did not install, and nothing while the API does not respond.
 */
export async function chartDrift(
  bundle: Bundle,
  cluster: Cluster,
  chart: BundleChart,
  wanted: JsonObject,
): Promise<Drift[]> {
  const place = `${chart.namespace}/${chart.release}`
  const release = await releaseOf(bundle, cluster, chart)
  if (release === undefined) return [{ kind: 'values', place, state: 'missing', fields: [] }]
  if (!release.ours) return []
  const { values, kept } = await mergedValues(bundle, cluster, chart, wanted)
  const fields = differentPaths((await releaseValues(bundle, cluster, chart)) ?? {}, values)
  const manifest = (await releaseManifest(bundle, cluster, chart)) ?? ''
  const objects = (await driftOf(cluster, { manifest, namespace: chart.namespace })) ?? []
  const crds = await missingCrds(bundle, cluster, chart, values)
  return [
    ...valueDrift(place, 'changed', fields),
    ...valueDrift(
      place,
      'added',
      kept.map((path) => path.join('.')),
    ),
    ...objects.map(asDrift),
    ...crds.map(({ kind, metadata }) => asDrift({ kind, name: metadata.name, fields: [] })),
  ]
}

function valueDrift(place: string, state: 'changed' | 'added', fields: readonly string[]): Drift[] {
  return fields.length === 0 ? [] : [{ kind: 'values', place, state, fields }]
}

/** As a step tells it. */
export function asDrift({ kind, name, fields }: Pick<ObjectDrift, 'kind' | 'name' | 'fields'>): Drift {
  return {
    kind: 'object',
    place: `${kind} ${name}`,
    state: fields.length === 0 ? 'missing' : 'changed',
    fields,
  }
}
