import type { BundleChart, JsonObject } from '@edgelift/bundle'
import { releaseManifest, releaseOf, releaseValues } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { driftOf } from '../kube/live-objects.ts'
import type { Run } from '../steps/run.ts'
import type { Drift } from '../steps/step.ts'
import { chartCrdDrift, placesOf } from './archive-crds.ts'
import { mergedValues } from './kept-values.ts'
import { asDrift } from './restored-object.ts'
import { differentPaths } from './value-paths.ts'

/**
 * What somebody changed of a release: its values, its objects and its CRDs as they live in the cluster. Nothing of a
 * release that edgelift did not install, and nothing while the API does not respond.
 */
export async function chartDrift(
  bundle: Pick<Run, 'host' | 'directory' | 'changes'>,
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
  const crds = await chartCrdDrift(bundle, cluster, { chart, values })
  return [
    ...valueDrift(place, 'changed', fields),
    ...valueDrift(
      place,
      'added',
      kept.map((path) => path.join('.')),
    ),
    ...objects.map(asDrift),
    ...placesOf(crds),
  ]
}

function valueDrift(place: string, state: 'changed' | 'added', fields: readonly string[]): Drift[] {
  return fields.length === 0 ? [] : [{ kind: 'values', place, state, fields }]
}
