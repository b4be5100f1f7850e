import type { BundleChart, JsonObject } from '@edgelift/bundle'
import type { CrdDrift } from '../kube/crds.ts'
import { type Release, releaseManifest, releaseValues } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { driftOf, type ObjectDrift } from '../kube/live-objects.ts'
import type { Run } from '../steps/run.ts'
import type { Drift } from '../steps/step.ts'
import { chartCrdDrift, placesOf } from './archive-crds.ts'
import { type MergedValues, mergedValues } from './kept-values.ts'
import { asDrift } from './restored-object.ts'
import { differentPaths } from './value-paths.ts'

/** A release of ours, or none, beside what an installation brings: its values, its objects and its CRDs. */
export interface ReleaseDrift extends MergedValues {
  /** Its values; undefined when there is no release. */
  readonly now: JsonObject | undefined
  /** Its objects as they were installed, as YAML; undefined when there is no release. */
  readonly manifest: string | undefined
  /** Those that somebody changed or deleted; an upgrade puts them back, also one with the same values. */
  readonly objects: readonly ObjectDrift[]
  readonly crds: readonly CrdDrift[]
}

/** Asks helm and the cluster once for each. @throws COMMAND_FAILED while they do not respond */
export async function releaseDrift(
  bundle: Pick<Run, 'host' | 'directory' | 'changes'>,
  cluster: Cluster,
  chart: BundleChart,
  { wanted, release }: { readonly wanted: JsonObject; readonly release: Release | undefined },
): Promise<ReleaseDrift> {
  const [now, manifest] =
    release === undefined
      ? []
      : await Promise.all([releaseValues(bundle, cluster, chart), releaseManifest(bundle, cluster, chart)])
  const given = await mergedValues(bundle, cluster, chart, { now, wanted })
  const [objects, crds] = await Promise.all([
    driftOf(cluster, { manifest: manifest ?? '', namespace: chart.namespace }),
    chartCrdDrift(bundle, cluster, { chart, values: given.values }),
  ])
  return { ...given, now, manifest, objects, crds }
}

/** What of it is not as an installation leaves it, place by place. */
export function driftPlaces(
  { namespace, release }: Pick<BundleChart, 'namespace' | 'release'>,
  { now = {}, values, kept, objects, crds }: ReleaseDrift,
): Drift[] {
  const place = `${namespace}/${release}`
  const added = kept.map((path) => path.join('.'))
  return [
    ...valueDrift(place, 'changed', differentPaths(now, values)),
    ...valueDrift(place, 'added', added),
    ...objects.map(asDrift),
    ...placesOf(crds),
  ]
}

function valueDrift(place: string, state: 'changed' | 'added', fields: readonly string[]): Drift[] {
  return fields.length === 0 ? [] : [{ kind: 'values', place, state, fields }]
}
