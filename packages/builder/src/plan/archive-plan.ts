import type {
  BundleChart,
  BundleImage,
  BundleOption,
  Origin,
  PlatformName,
  Requirer,
  Role,
} from '@edgelift/bundle'
import type { Digest } from '@edgelift/core'
import type { LockedImage } from '../lock/schema.ts'

/** What a file of an archive is made of. */
export type EntryContent =
  /** Bytes of the store: a download, or what was taken out of a tarball or an image. */
  | { readonly kind: 'blob'; readonly digest: Digest; readonly size: number }
  /** The tarball of an image, made while the archive is written. */
  | { readonly kind: 'image'; readonly image: LockedImage }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

/** One file of an archive. */
export interface PlanEntry {
  /** Relative to the top directory. */
  readonly path: string
  readonly mode: '0644' | '0755'
  /** False for content that is compressed already. */
  readonly compress: boolean
  readonly origin: Origin
  readonly neededBy: readonly Requirer[]
  readonly content: EntryContent
}

/**
 * Everything that an archive will be, decided before the first byte is fetched. `manifest.json`, `SHA256SUMS` and
 * its signature are not entries: they are written last, from what was really written.
 */
export interface ArchivePlan {
  /** The top directory, and the file's name without `.tar.gz`. */
  readonly name: string
  readonly role: Role
  readonly platform: PlatformName
  readonly release: { readonly name: string; readonly version: string }
  /** The lock's seal. */
  readonly lock: Digest
  readonly versions: Readonly<Record<string, string>>
  /** Sorted by path. */
  readonly entries: readonly PlanEntry[]
  readonly images: readonly BundleImage[]
  readonly charts: readonly BundleChart[]
  readonly options: readonly BundleOption[]
  readonly settings: {
    readonly sandboxImage: string
    readonly testImage: string
    readonly k3sDisable: readonly string[]
  }
  /** Paths and references that only stand for the real thing. */
  readonly placeholders: readonly string[]
}

/** The archive's file name. */
export function archiveFileName(plan: Pick<ArchivePlan, 'name'>): string {
  return `${plan.name}.tar.gz`
}

/** Bytes of an entry before compression; of an image what its blobs have, without the tar around them. */
export function contentSize(content: EntryContent): number {
  switch (content.kind) {
    case 'blob':
      return content.size
    case 'bytes':
      return content.bytes.length
    case 'image':
      return blobsOf(content.image).reduce((sum, blob) => sum + blob.size, 0)
  }
}

/** Every blob of an image: its manifest, its config and its layers, each once. */
export function blobsOf(image: LockedImage): LockedImage['layers'] {
  const blobs = new Map([image.manifest, image.config, ...image.layers].map((blob) => [blob.digest, blob]))
  return [...blobs.values()]
}
