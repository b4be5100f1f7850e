import type { Digest } from '@edgelift/core'
import type { BlobSink } from './blob-sink.ts'
import type { Credentials } from './credentials.ts'
import type { Descriptor } from './manifest.ts'
import type { Platform } from './platform.ts'
import type { Reference } from './reference.ts'
import type { Transport, TransportOptions } from './transport.ts'

export interface RegistryOptions extends TransportOptions {
  /** For a registry, where to ask first: `host[:port]`, or a URL whose path goes before the repository. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>
  readonly credentials?: Credentials
  /** One that is shared with others, and then closed by its owner; made from the other options when left out. */
  readonly transport?: Transport
}

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
}

export interface FetchedManifest {
  readonly bytes: Uint8Array
  readonly mediaType: string
  readonly digest: Digest
}

export interface RegistryClient extends AsyncDisposable {
  resolveImage(ref: Reference, platform: Platform): Promise<ResolvedImage>
  resolveImages(ref: Reference, platforms: readonly Platform[]): Promise<readonly ResolvedImage[]>
  fetchManifest(ref: Reference, digest?: Digest): Promise<FetchedManifest>
  fetchBlob(
    ref: Reference,
    descriptor: Pick<Descriptor, 'digest' | 'size'>,
    sink: BlobSink,
  ): Promise<{ readonly fetched: number }>
}

export function openRegistry(options: RegistryOptions): RegistryClient {
  throw new Error(`not yet ${Object.keys(options).length}`)
}
