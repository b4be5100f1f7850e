import { isObject, type Json, type JsonObject } from '@edgelift/bundle'
import { dump } from 'js-yaml'

export function edgecoreText(config: JsonObject): string {
  return dump(config, { lineWidth: 200, noRefs: true })
}

/** Whether every setting of `wanted` stands in `found`, the token left aside. What is empty may be absent. */
export function saysAll(found: JsonObject, wanted: JsonObject): boolean {
  return differing(found, wanted).length === 0
}

/** Paths of the settings of `wanted` that do not stand in `found`; as {@link saysAll}. */
export function differing(found: JsonObject, wanted: JsonObject, below = ''): string[] {
  return Object.entries(wanted).flatMap(([key, value]) => {
    const old = found[key]
    const isWhole = REPLACED.has(key)
    if (key === 'token' || same(old, value, isWhole)) return []
    const inside = isObject(old) && isObject(value) ? differing(old, value, `${below}${key}.`) : []
    return inside.length > 0 ? inside : [`${below}${key}`]
  })
}

/** Settings that are given as a whole: what is in them besides was taken away by an answer. */
const REPLACED: ReadonlySet<string> = new Set(['nodeLabels'])

function same(found: Json | undefined, wanted: Json, whole: boolean): boolean {
  if (isEmpty(wanted))
    return found === undefined || isEmpty(found) || (isObject(wanted) && !whole && isObject(found))
  if (isObject(wanted) && isObject(found)) {
    return whole
      ? saysAll(found, wanted) && Object.keys(found).length === Object.keys(wanted).length
      : saysAll(found, wanted)
  }
  if (Array.isArray(wanted) && Array.isArray(found)) {
    return (
      found.length === wanted.length &&
      wanted.every((item: Json, index) => same(found[index] as Json, item, false))
    )
  }
  return found === wanted
}

/** The settings of `wanted` over those that are there already. */
export function mergedConfig(found: JsonObject | undefined, wanted: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...found }
  for (const [key, value] of Object.entries(wanted)) {
    const old = result[key]
    result[key] = isObject(old) && isObject(value) && !REPLACED.has(key) ? mergedConfig(old, value) : value
  }
  return result
}

function isEmpty(value: Json): boolean {
  if (value === null || value === '') return true
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0
}
