import { createHash } from 'node:crypto'
import { PLACEHOLDER_LABEL } from '@edgelift/bundle'
import { type ImageRecipe, imageConfig } from '../images/recipe.ts'
import { gzippedTar, type TarContent } from './blob-cache.ts'
import type { Bytes, PublishedImage } from './content.ts'

/** A recipe as an upstream publishes it. */
export interface PublishedRecipe extends ImageRecipe {
  /** The layer below the recipe's own. */
  readonly base?: TarContent
  /** Of the CPU, where the index names one: `v8`. */
  readonly variant?: string
}

/** One platform's image: the configuration's very bytes, and its layers from the lowest up. */
export interface PlatformImage {
  readonly platform: string
  readonly variant?: string
  readonly config: Uint8Array
  readonly layers: readonly { readonly digest: string; readonly content: Bytes; readonly size: number }[]
}

/** Which of the two families of media types; they differ in nothing else that is used here. */
export type ImageFormat = 'oci' | 'docker'

const TYPES = {
  oci: {
    index: 'application/vnd.oci.image.index.v1+json',
    manifest: 'application/vnd.oci.image.manifest.v1+json',
    config: 'application/vnd.oci.image.config.v1+json',
    layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
  },
  docker: {
    index: 'application/vnd.docker.distribution.manifest.list.v2+json',
    manifest: 'application/vnd.docker.distribution.manifest.v2+json',
    config: 'application/vnd.docker.container.image.v1+json',
    layer: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  },
} as const

/** Makes the gzipped layers and the configuration of a recipe. */
export async function platformImage(recipe: PublishedRecipe): Promise<PlatformImage> {
  const own = await gzippedTar(recipe)
  const layers = recipe.base === undefined ? [own] : [await gzippedTar(recipe.base), own]
  const labels =
    recipe.placeholder === true ? { ...recipe.labels, [PLACEHOLDER_LABEL]: recipe.reference } : recipe.labels
  const config = JSON.parse(
    Buffer.from(imageConfig({ ...recipe, ...(labels && { labels }) }, own.diffId)).toString(),
  ) as { history: unknown[]; rootfs: { type: string; diff_ids: string[] } }
  config.rootfs.diff_ids = layers.map((layer) => layer.diffId)
  config.history = layers.map(() => config.history[0])
  return {
    platform: recipe.platform,
    ...(recipe.variant === undefined ? {} : { variant: recipe.variant }),
    config: Buffer.from(JSON.stringify(config)),
    layers: layers.map(({ digest, file, size }) => ({ digest, content: { file, size }, size })),
  }
}

/**
 * Publishes images of several platforms under one tag: an index (OCI image specification, image-index.md) with an
 * attestation beside each image, as BuildKit pushes it, or Docker's manifest list without any.
 */
export function publish(
  reference: string,
  platforms: readonly PlatformImage[],
  format: ImageFormat = 'oci',
): PublishedImage {
  const types = TYPES[format]
  const manifests = new Map<string, { mediaType: string; bytes: Uint8Array }>()
  const blobs = new Map<string, Bytes>()
  const add = (mediaType: string, value: unknown): Descriptor => {
    const bytes = Buffer.from(JSON.stringify(value, undefined, format === 'docker' ? 3 : 2))
    const digest = digestOf(bytes)
    manifests.set(digest, { mediaType, bytes })
    return { mediaType, digest, size: bytes.length }
  }
  const images = platforms.map((image) => {
    const manifest = add(types.manifest, manifestOf(image, types, blobs))
    const [os = '', architecture = ''] = image.platform.split('/')
    const variant = image.variant === undefined ? {} : { variant: image.variant }
    return { ...manifest, platform: { architecture, os, ...variant } }
  })
  const attestations =
    format === 'oci' ? images.map((image) => attest(image.digest, { add, blobs, reference })) : []
  const root = add(types.index, {
    schemaVersion: 2,
    mediaType: types.index,
    manifests: [...images, ...attestations],
  })
  return { reference, root: root.digest, manifests, blobs }
}

interface Descriptor {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

function manifestOf(
  image: PlatformImage,
  types: (typeof TYPES)[ImageFormat],
  blobs: Map<string, Bytes>,
): unknown {
  const config = digestOf(image.config)
  blobs.set(config, { bytes: image.config })
  for (const layer of image.layers) blobs.set(layer.digest, layer.content)
  return {
    schemaVersion: 2,
    mediaType: types.manifest,
    config: { mediaType: types.config, digest: config, size: image.config.length },
    layers: image.layers.map(({ digest, size }) => ({ mediaType: types.layer, digest, size })),
  }
}

/** BuildKit, docs/attestations/attestation-storage.md: a manifest for no platform that points to the image it is about. */
function attest(
  about: string,
  to: {
    readonly add: (mediaType: string, value: unknown) => Descriptor
    readonly blobs: Map<string, Bytes>
    readonly reference: string
  },
): Descriptor & Record<string, unknown> {
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
    subject: [{ name: to.reference, digest: { sha256: about.slice('sha256:'.length) } }],
    predicate: {},
  }
  const layer = Buffer.from(JSON.stringify(statement))
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'unknown',
      os: 'unknown',
      config: {},
      rootfs: { type: 'layers', diff_ids: [digestOf(layer)] },
    }),
  )
  for (const bytes of [layer, config]) to.blobs.set(digestOf(bytes), { bytes })
  const manifest = to.add(TYPES.oci.manifest, {
    schemaVersion: 2,
    mediaType: TYPES.oci.manifest,
    config: { mediaType: TYPES.oci.config, digest: digestOf(config), size: config.length },
    layers: [
      {
        mediaType: 'application/vnd.in-toto+json',
        digest: digestOf(layer),
        size: layer.length,
        annotations: { 'in-toto.io/predicate-type': statement.predicateType },
      },
    ],
  })
  return {
    ...manifest,
    annotations: {
      'vnd.docker.reference.digest': about,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: { architecture: 'unknown', os: 'unknown' },
  }
}

function digestOf(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}
