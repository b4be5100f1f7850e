import { gzipSync } from 'node:zlib'
import { type Digest, digestOf } from '@edgelift/core'
import {
  type Descriptor,
  formatPlatform,
  type ImageTarInput,
  parsePlatform,
  parseReference,
  type RegistryClient,
  type ResolvedImage,
  type Store,
} from '@edgelift/oci'
import { tarOf } from './tar.ts'

const LAYER = 'application/vnd.oci.image.layer.v1.tar'
const FOLDER = 'usr/local/lib/edgelift'
const LAUNCHER = `#!/bin/sh\nexec node /${FOLDER}/edgelift.mjs "$@"\n`

export interface ImageOptions {
  /** `docker.io/library/node:24.21.0-bookworm-slim`; see docs/adr/0015-the-image-is-node-s-own-and-one-layer.md. */
  readonly base: string
  readonly platform: string
  readonly version: string
  /** `edgelift.mjs` */
  readonly program: Uint8Array
  readonly registry: RegistryClient
  readonly store: Store
}

/**
 * The builder as an image: the layers of Node's image as published, and one with the program. Its blobs are in the store
 * afterwards. The same base and program give the same digest.
 */
export async function builderImage(options: ImageOptions): Promise<ImageTarInput> {
  const { base: reference, platform, version, program, registry, store } = options
  const ref = parseReference(reference)
  const base = await registry.resolveImage(ref, parsePlatform(platform))
  for (const layer of base.layers) {
    const label = `${reference} ${layer.digest}`
    await store.ensure(layer, label, (sink) => registry.fetchBlob(ref, layer, sink, label))
  }
  const tar = tarOf([
    { path: FOLDER, mode: 0o755 },
    { path: `${FOLDER}/edgelift.mjs`, mode: 0o644, bytes: program },
    { path: 'usr/local/bin/edgelift', mode: 0o755, bytes: Buffer.from(LAUNCHER) },
  ])
  const own = await blob(store, `${LAYER}+gzip`, gzipSync(tar, { level: 9 }))
  const config = await blob(
    store,
    'application/vnd.oci.image.config.v1+json',
    json(configOf(base, { reference, version, diffId: digestOf(tar) })),
  )
  const layers = [...base.layers.map(asOci), own]
  const bytes = json({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers,
    annotations: {
      'org.opencontainers.image.base.name': reference,
      'org.opencontainers.image.base.digest': base.manifest.descriptor.digest,
    },
  })
  const descriptor = await blob(store, 'application/vnd.oci.image.manifest.v1+json', bytes)
  return {
    references: [parseReference(`docker.io/edgelift/edgelift:${version}`)],
    platform: base.platform,
    manifest: { descriptor, bytes },
    config,
    layers,
  }
}

interface BaseConfig {
  readonly created?: string
  readonly config?: { readonly Labels?: Readonly<Record<string, string>> }
  readonly rootfs: { readonly type: string; readonly diff_ids: readonly string[] }
  readonly history?: readonly unknown[]
}

/** The base's configuration, environment and entrypoint included. It stays as old as the base: the program has its version. */
function configOf(
  base: ResolvedImage,
  {
    reference,
    version,
    diffId,
  }: { readonly reference: string; readonly version: string; readonly diffId: Digest },
): unknown {
  const below = JSON.parse(Buffer.from(base.config.bytes).toString('utf8')) as BaseConfig
  const { created, config = {}, rootfs, history } = below
  return {
    ...below,
    config: {
      ...config,
      Cmd: ['edgelift', '--help'],
      Labels: {
        ...config.Labels,
        'org.opencontainers.image.title': 'edgelift',
        'org.opencontainers.image.version': version,
        'org.opencontainers.image.licenses': 'Apache-2.0',
        'org.opencontainers.image.base.name': reference,
      },
    },
    rootfs: { ...rootfs, diff_ids: [...rootfs.diff_ids, diffId] },
    ...(history === undefined
      ? {}
      : {
          history: [
            ...history,
            {
              ...(created === undefined ? {} : { created }),
              created_by: `edgelift ${version} for ${formatPlatform(base.platform)}`,
            },
          ],
        }),
  }
}

async function blob(store: Store, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  return { mediaType, digest: await store.putBytes(bytes), size: bytes.length }
}

/** Docker's types of layers under OCI's names: the bytes are the same, and one manifest is of one family. */
function asOci({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType: mediaType.includes('gzip') ? `${LAYER}+gzip` : mediaType, digest, size }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value))
}
