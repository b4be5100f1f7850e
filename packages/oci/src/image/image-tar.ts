import {
  type Digest,
  hexOf,
  TAR_END,
  type TarHeaderInput,
  tarHeader,
  tarPadding,
  tarSize,
} from '@edgelift/core'
import { fail } from '../codes.ts'
import type { Descriptor } from '../manifest/manifest.ts'
import type { Platform } from '../name/platform.ts'
import { formatReference, type Reference } from '../name/reference.ts'
import type { Store } from '../store/store.ts'

/** One image for one platform, as its registry publishes it. */
export interface ImageTarInput {
  /** The names under which it is to be imported; at least one. */
  readonly references: readonly Reference[]
  readonly platform: Platform
  /** The image's own manifest: its bytes are kept, since its digest is the image's. */
  readonly manifest: { readonly descriptor: Descriptor; readonly bytes: Uint8Array }
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
}

/** One file of the tar: `bytes` that the plan holds, or the blob `digest` of the store. */
export interface TarEntryPlan {
  readonly path: string
  readonly size: number
  readonly digest?: Digest
  readonly bytes?: Uint8Array
}

export interface ImageTarPlan {
  readonly entries: readonly TarEntryPlan[]
  /** Bytes of the whole tar. */
  readonly size: number
}

/**
 * What containerd names an image after: the first annotation in every case, the second only when the first is not
 * there (containerd 2.1.5, core/images/archive/importer.go; image-spec 1.1, annotations.md). Anything but the full
 * reference is dropped or misnamed without an error.
 */
export const CONTAINERD_NAME = 'io.containerd.image.name'
export const REF_NAME = 'org.opencontainers.image.ref.name'

const MODE = 0o644

/**
 * Plans an image file that is an OCI layout (image-spec 1.1, image-layout.md) and a docker-archive (what `docker save`
 * writes) at once; both share the blobs. Pure: every entry and the exact size, from descriptors alone.
 * @throws IMAGE_TAR_INVALID without a reference
 */
export function planImageTar(input: ImageTarInput): ImageTarPlan {
  const names = [...new Set(input.references.map(formatReference))].sort()
  if (names.length === 0) throw unnamed(input.manifest.descriptor.digest)
  const entries = [
    fileOf('oci-layout', { imageLayoutVersion: '1.0.0' }),
    fileOf('index.json', indexOf(input, names)),
    fileOf('manifest.json', dockerManifestOf(input)),
    ...blobsOf(input),
  ]
  return { entries, size: entries.reduce((sum, entry) => sum + tarSize(headerOf(entry)), TAR_END.length) }
}

/**
 * The bytes of a planned image file, always the same for the same plan; each piece is valid until the next is asked for.
 * Blobs come from `read`, which checks them: an error after the first bytes means that what was written must be thrown away.
 * @throws what `read` throws
 */
export async function* writeImageTar(plan: ImageTarPlan, read: Store['read']): AsyncGenerator<Uint8Array> {
  for (const entry of plan.entries) {
    yield tarHeader(headerOf(entry))
    if (entry.bytes !== undefined) yield entry.bytes
    else if (entry.digest !== undefined) {
      const expected = { digest: entry.digest, size: entry.size }
      yield* read(expected, entry.path)
    }
    const padding = tarPadding(entry.size)
    if (padding > 0) yield TAR_END.subarray(0, padding)
  }
  yield TAR_END
}

/** The path of a blob in an OCI layout. */
export function blobPath(digest: Digest): string {
  return `blobs/sha256/${hexOf(digest)}`
}

function indexOf(input: ImageTarInput, names: readonly string[]): unknown {
  const { mediaType, digest, size } = input.manifest.descriptor
  const { os, architecture, variant } = input.platform
  return {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: names.map((name) => ({
      mediaType,
      digest,
      size,
      annotations: { [CONTAINERD_NAME]: name, [REF_NAME]: name },
      platform: { architecture, os, ...(variant === undefined ? {} : { variant }) },
    })),
  }
}

/** RepoTags knows no digests (moby, image/spec/spec.md): a name that is a digest stands in `index.json` alone. */
function dockerManifestOf(input: ImageTarInput): unknown {
  const tags = input.references.flatMap(({ digest, ...named }) =>
    digest === undefined && named.tag !== undefined ? [formatReference(named)] : [],
  )
  return [
    {
      Config: blobPath(input.config.digest),
      RepoTags: [...new Set(tags)].sort(),
      Layers: input.layers.map((layer) => blobPath(layer.digest)),
    },
  ]
}

/** A layer that stands twice in the manifest (two empty ones, say) is one blob. */
function blobsOf(input: ImageTarInput): TarEntryPlan[] {
  const { descriptor, bytes } = input.manifest
  const blobs = new Map<string, TarEntryPlan>()
  for (const { digest, size } of [input.config, ...input.layers]) {
    blobs.set(blobPath(digest), { path: blobPath(digest), size, digest })
  }
  blobs.set(blobPath(descriptor.digest), { path: blobPath(descriptor.digest), size: bytes.length, bytes })
  return [...blobs.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

function fileOf(path: string, content: unknown): TarEntryPlan {
  const bytes = Buffer.from(JSON.stringify(content))
  return { path, size: bytes.length, bytes }
}

function headerOf(entry: TarEntryPlan): TarHeaderInput {
  return { path: entry.path, size: entry.size, mode: MODE, type: 'file' }
}

function unnamed(digest: Digest): Error {
  return fail('IMAGE_TAR_INVALID', {
    what: { en: `the image ${digest} has no name`, zh: `镜像 ${digest} 没有名称` },
    because: {
      en: 'containerd drops an image without a name and reports no error',
      zh: 'containerd 会丢弃没有名称的镜像且不报错',
    },
    fix: { en: 'give it at least one reference', zh: '请至少提供一个引用' },
  })
}
