import { type Digest, EdgeliftError, type ErrorCode, type Text } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { type FetchMissing, fetchMissing } from '../fetch/fetch-missing.ts'
import { digestsOf } from '../fetch/needs.ts'
import type { ArchivePlan } from '../plan/archive-plan.ts'
import { dropDamaged } from '../sources/sound-blobs.ts'
import { packedDigests } from './packed-content.ts'
import { type WriteOptions, type WrittenArchive, writeArchive } from './write-archive.ts'

export interface WriteHealed extends WriteOptions, FetchMissing {}

/**
 * Writes an archive. Where the store turns out to be damaged (a power loss, a bad disk), what is damaged is removed and
 * fetched again, once.
 * @returns what was written, and the bytes that were fetched again
 * @throws what {@link writeArchive} and {@link fetchMissing} throw
 */
export async function writeHealed(
  plan: ArchivePlan,
  options: WriteHealed,
): Promise<{ written: WrittenArchive; again: number }> {
  const { store, network, report } = options
  try {
    return { written: await writeArchive(plan, options), again: 0 }
  } catch (error) {
    if (!(error instanceof EdgeliftError && STORE_DAMAGE.includes(error.code)) || network === undefined)
      throw error
    const dropped = await dropDamaged(store, await blobsOf(plan, store))
    if (dropped === 0) throw error
    report({ type: 'note', level: 'warning', text: healing(dropped) })
    const again = await fetchMissing([plan], options)
    return { written: await writeArchive(plan, options), again }
  }
}

const STORE_DAMAGE: readonly ErrorCode[] = ['PART_MISMATCH', 'STORE_BLOB_DAMAGED', 'STORE_BLOB_MISSING']

/** The blobs of a plan, and those that were packed from them. */
async function blobsOf(plan: ArchivePlan, store: Store): Promise<Set<Digest>> {
  const digests = new Set(plan.entries.flatMap(({ content }) => digestsOf(content)))
  for (const digest of await packedDigests(store.root, digests)) digests.add(digest)
  return digests
}

function healing(count: number): Text {
  return {
    en:
      count === 1
        ? 'a damaged blob was removed from the store and is fetched again'
        : `${count} damaged blobs were removed from the store and are fetched again`,
    zh: `已从内容存储中删除 ${count} 个损坏的数据块并重新下载`,
  }
}
