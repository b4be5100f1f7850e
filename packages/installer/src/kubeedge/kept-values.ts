import { isObject, type Json, type JsonObject, mergeObjects } from '@edgelift/bundle'
import { type Bundle, ownValues, type ReleaseName, type ValuePath } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { fingerprint } from './fingerprint.ts'
import { differentPaths } from './value-paths.ts'

export interface MergedValues {
  /** What an upgrade gives the release. */
  readonly values: JsonObject
  /** What somebody added and contradicts nothing. */
  readonly kept: readonly ValuePath[]
  /** Paths that somebody changed and that are set again. */
  readonly setBack: readonly string[]
}

/**
 * The values of an installation over those that somebody gave the release since: what an installation says nothing of
 * stays. Compared with the values that edgelift gave it last; where helm's history has lost them, ours stand alone.
 * @param given.now the values of the release; undefined when there is none
 */
export async function mergedValues(
  bundle: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
  { now, wanted }: { readonly now: JsonObject | undefined; readonly wanted: JsonObject },
): Promise<MergedValues> {
  const alone = { values: wanted, kept: [], setBack: [] }
  if (now === undefined || fingerprint(now) === fingerprint(wanted)) return alone
  const last = await ownValues(bundle, cluster, chart)
  return last === undefined ? alone : merged({ now, last, wanted })
}

/** Pure. */
export function merged(given: {
  readonly now: JsonObject
  readonly last: JsonObject
  readonly wanted: JsonObject
}): MergedValues {
  const { now, last, wanted } = given
  const added = additions(now, last, wanted)
  const values = mergeObjects(added, wanted)
  const byHand = new Set(differentPaths(last, now))
  return {
    values,
    kept: pathsOf(added, wanted),
    setBack: differentPaths(now, values).filter((path) => byHand.has(path)),
  }
}

function additions(now: JsonObject, last: Json | undefined, wanted: Json | undefined): JsonObject {
  const [before, ours] = [isObject(last) ? last : {}, isObject(wanted) ? wanted : {}]
  const found = Object.entries(now).flatMap(([key, value]): [string, Json][] => {
    const isOurs = key in ours
    if (isObject(value) && (isOurs ? isObject(ours[key]) : isObject(before[key]))) {
      const inside = additions(value, before[key], ours[key])
      return Object.keys(inside).length > 0 ? [[key, inside]] : []
    }
    const isLeft = key in before && differentPaths(before[key], value).length === 0
    return isOurs || isLeft ? [] : [[key, value]]
  })
  return Object.fromEntries(found)
}

/** The topmost keys that `wanted` has nothing of. */
function pathsOf(added: JsonObject, wanted: Json | undefined): ValuePath[] {
  const ours = isObject(wanted) ? wanted : {}
  return Object.entries(added).flatMap(([key, value]): ValuePath[] =>
    isObject(value) && isObject(ours[key])
      ? pathsOf(value, ours[key]).map((rest) => [key, ...rest])
      : [[key]],
  )
}
