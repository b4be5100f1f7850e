/** Keys whose value is one of several forms: a part of one and a part of another make no sense together. */
const WHOLE = new Set(['checksum', 'when'])

/**
 * What a release becomes when another one extends it: maps are merged key by key, `null` removes, everything else
 * (lists too, and `checksum` and `when`) is replaced.
 */
export function mergeReleases(below: unknown, above: unknown): unknown {
  if (!isMap(above)) return above
  const result = new Map(isMap(below) ? Object.entries(below) : [])
  for (const [key, value] of Object.entries(above)) {
    if (value === null && (result.has(key) || isMap(below))) result.delete(key)
    else result.set(key, WHOLE.has(key) ? value : mergeReleases(result.get(key), value))
  }
  return Object.fromEntries(result)
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
