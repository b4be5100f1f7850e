import { createHash } from 'node:crypto'

/** Equal for values that mean the same, whatever the order of their keys. */
export function fingerprint(values: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(values)) ?? '')
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
