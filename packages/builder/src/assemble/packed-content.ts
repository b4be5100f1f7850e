import path from 'node:path'
import { Readable } from 'node:stream'
import { packContent } from '@edgelift/bundle'
import { type Digest, hexOf } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import type { PlanEntry } from '../plan/archive-plan.ts'
import { readStoreMemo, type StoreMemo, writeStoreMemo } from '../sources/store-memo.ts'

/**
 * Contents from this size on are deflated by themselves and kept in the store, so that each is deflated once for all
 * archives and all builds. Smaller ones do better among their neighbours. The limit decides about an archive's bytes.
 */
const PACKED_ALONE = 1024 * 1024

export type BlobContent = Extract<PlanEntry['content'], { kind: 'blob' }>

export function isPackedAlone(entry: PlanEntry): entry is PlanEntry & { readonly content: BlobContent } {
  return entry.compress && entry.content.kind === 'blob' && entry.content.size >= PACKED_ALONE
}

/**
 * The members of a content, from the store, checked as they pass.
 * @param what how errors name the content
 * @throws DIGEST_MISMATCH, SIZE_MISMATCH, STORE_BLOB_MISSING when the store is damaged
 */
export async function packedContent(
  content: BlobContent,
  what: string,
  store: Store,
): Promise<AsyncIterable<Uint8Array>> {
  const file = memoFile(store.root, content.digest)
  const known = await readStoreMemo(file)
  const packed =
    known !== undefined && (await store.has(known.digest)) ? known : await pack(content, what, store)
  if (packed !== known) await writeStoreMemo(file, packed)
  return store.read(packed, what)
}

/** The store's digests of what is kept packed of these contents: to be spared when the contents are. */
export async function packedDigests(storeRoot: string, contents: Iterable<Digest>): Promise<Digest[]> {
  const found: Digest[] = []
  for (const digest of contents) {
    const memo = await readStoreMemo(memoFile(storeRoot, digest))
    if (memo !== undefined) found.push(memo.digest)
  }
  return found
}

function memoFile(storeRoot: string, digest: Digest): string {
  return path.join(storeRoot, 'packed', `${hexOf(digest)}.json`)
}

async function pack(content: BlobContent, what: string, store: Store): Promise<StoreMemo> {
  const source = store.read(content, what)
  const { digest, size } = await store.putStream(Readable.from(packContent(source), { objectMode: false }))
  return { digest, size }
}
