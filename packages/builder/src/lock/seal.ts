import { type Digest, digestOf } from '@edgelift/core'
import type { Release } from '../release/schema.ts'
import type { Lock } from './schema.ts'

/** JSON with sorted keys and without spaces: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(',')}}`
}

/** The digest of a release as it is used (after `extends`): a lock with another one is stale. */
export function releaseDigest(release: Release): Digest {
  return digestOf(canonicalJson(release))
}

/** The seal of a lock's content. */
export function sealOf(lock: Omit<Lock, 'seal'>): Digest {
  const { format, release, downloads, images } = lock
  return digestOf(canonicalJson({ format, release, downloads, images }))
}
