import type { Digest } from '@edgelift/core'
import type { Descriptor } from '../manifest/manifest.ts'
import type { Platform } from '../name/platform.ts'
import type { Reference } from '../name/reference.ts'
import type { BlobSink } from '../transfer/blob-sink.ts'

/** Content with the very bytes whose digest was checked. */
export interface VerifiedContent {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/** One image for one platform; its layers are known, not fetched. */
export interface ResolvedImage {
  readonly reference: Reference
  readonly platform: Platform
  readonly manifest: VerifiedContent
  readonly config: VerifiedContent & { readonly labels: Readonly<Record<string, string>> }
  readonly layers: readonly Descriptor[]
  /** The outermost index, when the reference names one. */
  readonly index?: Descriptor
  /** The image's config names no platform: that of the index was believed. */
  readonly platformUnproved?: true
}

export interface FetchedManifest {
  readonly bytes: Uint8Array
  readonly mediaType: string
  readonly digest: Digest
}

/** A client of registries (OCI distribution-spec 1.1, pull). All its errors name the reference. */
export interface RegistryClient extends AsyncDisposable {
  /** What a reference is for a platform: index, manifest and config are fetched and checked, layers are not. */
  resolveImage(ref: Reference, platform: Platform): Promise<ResolvedImage>
  /** As {@link resolveImage} for several platforms, in their order, with one request for the index. */
  resolveImages(ref: Reference, platforms: readonly Platform[]): Promise<readonly ResolvedImage[]>
  /** The manifest or index of a reference, or of a digest in its repository. */
  fetchManifest(ref: Reference, digest?: Digest): Promise<FetchedManifest>
  /**
   * Brings a blob into a sink, after what is there already. The whole is checked against digest and size.
   * @param label how people call it, in progress and errors; when left out, made of the reference and the digest, and told as a
   *   part of its image
   */
  fetchBlob(
    ref: Reference,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    sink: BlobSink,
    label?: string,
  ): Promise<{ readonly fetched: number }>
}
