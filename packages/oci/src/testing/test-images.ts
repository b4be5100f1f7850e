import { type Digest, digestOf } from '@edgelift/core'
import type { Handler } from './test-server.ts'

const OCI = 'application/vnd.oci.image'

/** What a registry holds: by digest, and by name for tags. */
export interface Shelf {
  readonly blobs: Map<string, Uint8Array>
  readonly manifests: Map<string, { readonly bytes: Uint8Array; readonly mediaType: string }>
}

export function emptyShelf(): Shelf {
  return { blobs: new Map(), manifests: new Map() }
}

export interface Described {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
}

export function addBlob(shelf: Shelf, content: Uint8Array | string, mediaType: string): Described {
  const bytes = Buffer.from(content)
  const digest = digestOf(bytes)
  shelf.blobs.set(digest, bytes)
  return { mediaType, digest, size: bytes.length }
}

export function addManifest(
  shelf: Shelf,
  document: object,
  options: { mediaType: string; tag?: string },
): Described {
  const bytes = Buffer.isBuffer(document) ? document : Buffer.from(JSON.stringify(document))
  const digest = digestOf(bytes)
  const entry = { bytes, mediaType: options.mediaType }
  shelf.manifests.set(digest, entry)
  if (options.tag !== undefined) shelf.manifests.set(options.tag, entry)
  return { mediaType: options.mediaType, digest, size: bytes.length }
}

export interface ImageOptions {
  readonly os?: string
  readonly architecture: string
  readonly variant?: string
  readonly labels?: Readonly<Record<string, string | null>>
  readonly layers?: readonly object[]
  /** As many as there are layers when left out. */
  readonly diffIds?: readonly string[]
  readonly configType?: string
  readonly mediaType?: string
  readonly tag?: string
}

/** A small image with one layer; `layers` replaces its layer descriptors. */
export function addImage(shelf: Shelf, options: ImageOptions): Described {
  const { os = 'linux', architecture, variant, labels, tag } = options
  const layers = options.layers ?? [addBlob(shelf, `layer of ${architecture}`, `${OCI}.layer.v1.tar+gzip`)]
  const config = addBlob(
    shelf,
    JSON.stringify({
      os,
      architecture,
      variant,
      config: labels === undefined ? undefined : { Labels: labels },
      rootfs: {
        type: 'layers',
        diff_ids: options.diffIds ?? layers.map((_, number) => digestOf(`${number}`)),
      },
    }),
    options.configType ?? `${OCI}.config.v1+json`,
  )
  const mediaType = options.mediaType ?? `${OCI}.manifest.v1+json`
  return addManifest(
    shelf,
    { schemaVersion: 2, mediaType, config, layers },
    { mediaType, ...(tag === undefined ? {} : { tag }) },
  )
}

export function addIndex(shelf: Shelf, manifests: readonly object[], tag?: string): Described {
  const mediaType = `${OCI}.index.v1+json`
  return addManifest(
    shelf,
    { schemaVersion: 2, mediaType, manifests },
    { mediaType, ...(tag === undefined ? {} : { tag }) },
  )
}

/** A registry without authentication, ranges or faults. */
export function shelfHandler(shelf: Shelf): Handler {
  return (request, response) => {
    const match = /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(request.url ?? '')
    const name = match?.[3] ?? ''
    const manifest = match?.[2] === 'manifests' ? shelf.manifests.get(name) : undefined
    const bytes = manifest?.bytes ?? (match?.[2] === 'blobs' ? shelf.blobs.get(name) : undefined)
    if (bytes === undefined) {
      const error = { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }
      response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [error] }))
      return
    }
    response.writeHead(200, { 'content-type': manifest?.mediaType ?? 'application/octet-stream' }).end(bytes)
  }
}
