import type { Digest } from '@edgelift/core'
import type { Store } from '@edgelift/oci'

/** Blobs of the store that are read as tars, and how they come there. */
export interface Blobs {
  readonly store: Store
  readonly digests: readonly Digest[]
  /** Brings those that are not there. */
  readonly bring: () => Promise<unknown>
}

/**
 * Brings blobs and reads them. A blob from an earlier run may be cut or empty since a power loss, and a tar breaks off before
 * its digest is known: when reading fails, blobs that are not what their names say are removed, fetched again, and read
 * once more.
 * @throws what bringing or reading throws, of blobs that are what their names say
 */
export async function readSound<T>({ store, digests, bring }: Blobs, read: () => Promise<T>): Promise<T> {
  await bring()
  try {
    return await read()
  } catch (error) {
    if ((await dropDamaged(store, digests)) === 0) throw error
    await bring()
    return read()
  }
}

/** Removes those blobs of a store that are not what their names say; returns how many. */
export async function dropDamaged(store: Store, digests: Iterable<Digest>): Promise<number> {
  let dropped = 0
  for (const digest of digests)
    if ((await store.has(digest)) && (await store.check(digest)) === undefined) dropped++
  return dropped
}
