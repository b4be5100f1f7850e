import type { Digest } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import type { Lock, LockedBlob, LockedDownload, LockedImage } from '../lock/schema.ts'
import { type ArchivePlan, blobsOf } from '../plan/archive-plan.ts'

/** One thing that has to come into the store before archives can be written. */
export type Need =
  | { readonly kind: 'manifest'; readonly image: LockedImage; readonly blob: LockedBlob }
  | { readonly kind: 'blob'; readonly image: LockedImage; readonly blob: LockedBlob }
  /** A download, and the parts of it that are missing. */
  | { readonly kind: 'download'; readonly download: LockedDownload; readonly parts: LockedDownload['parts'] }
  /** Files out of an image whose layers are here or among the other needs. */
  | { readonly kind: 'image-files'; readonly image: LockedImage; readonly files: LockedImage['files'] }

/** What the plans take from the store and the store does not have, each thing once for all archives. */
export async function missingNeeds(
  plans: readonly ArchivePlan[],
  { lock, store }: { readonly lock: Lock; readonly store: Store },
): Promise<Need[]> {
  const wanted = new Set(plans.flatMap((plan) => plan.entries.flatMap(({ content }) => digestsOf(content))))
  const missing = new Set<Digest>()
  for (const digest of wanted) if (!(await store.has(digest))) missing.add(digest)

  const downloads = lock.downloads.flatMap((download): Need[] => {
    const parts = takeMissing(download.parts, missing)
    return parts.length === 0 ? [] : [{ kind: 'download', download, parts }]
  })
  const extractions = lock.images.flatMap((image): Extract<Need, { kind: 'image-files' }>[] => {
    const files = takeMissing(image.files, missing)
    return files.length === 0 ? [] : [{ kind: 'image-files', image, files }]
  })
  for (const { image } of extractions) {
    for (const layer of image.layers) if (!(await store.has(layer.digest))) missing.add(layer.digest)
  }
  const blobs = lock.images.flatMap((image) =>
    blobsOf(image).flatMap((blob): Need[] => {
      if (!missing.delete(blob.digest)) return []
      return [{ kind: blob.digest === image.manifest.digest ? 'manifest' : 'blob', image, blob }]
    }),
  )
  return [...blobs, ...downloads, ...extractions]
}

/** Bytes that come over the network for a need. A generated source has no size that could be known. */
export function transferSize(need: Need): number {
  switch (need.kind) {
    case 'manifest':
    case 'blob':
      return need.blob.size
    case 'download':
      return need.download.size ?? 0
    case 'image-files':
      return 0
  }
}

/** Bytes that a need takes in the store: what is transferred, and what is taken out of it. */
export function storedSize(need: Need): number {
  const parts = need.kind === 'download' ? need.parts : need.kind === 'image-files' ? need.files : []
  const own = need.kind === 'download' ? need.download.digest : undefined
  return parts
    .filter((part) => part.digest !== own)
    .reduce((sum, part) => sum + part.size, transferSize(need))
}

/** How messages name a need: its image or its download, since blobs are nothing that people know by name. */
export function needLabel(need: Need): string {
  return need.kind === 'download'
    ? `${need.download.name} ${need.download.url}`
    : `${need.image.reference} ${need.image.platform}`
}

/** The blobs of the store that a file of an archive is made of. */
export function digestsOf(content: ArchivePlan['entries'][number]['content']): Digest[] {
  if (content.kind === 'blob') return [content.digest]
  return content.kind === 'image' ? blobsOf(content.image).map((blob) => blob.digest) : []
}

/** The parts whose content is missing; each content is then nobody else's to bring. */
function takeMissing<P extends { digest: Digest }>(parts: readonly P[], missing: Set<Digest>): P[] {
  return parts.filter((part) => missing.delete(part.digest))
}
