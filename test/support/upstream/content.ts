import { createReadStream } from 'node:fs'
import { CHUNK } from '@edgelift/core'

/** Bytes to serve, where they are: in memory or in a file. */
export type Bytes =
  | { readonly bytes: Uint8Array }
  | {
      readonly file: string
      /** Of the file, in bytes. */
      readonly size: number
    }

/** What an upstream offers. Names are those of the internet; `Upstream.config` leads them here. */
export interface UpstreamContent {
  readonly files: readonly ServedFile[]
  readonly images: readonly PublishedImage[]
}

export interface ServedFile {
  /** As the internet knows it: `https://github.com/…`. */
  readonly url: string
  readonly content: Bytes
  /** Sent as the ETag; a file that a forge makes anew at each request has none. */
  readonly etag?: string
}

/** A tag, and all that a registry must hold for it. */
export interface PublishedImage {
  /** Fully qualified: `docker.io/rancher/mirrored-pause:3.6`. */
  readonly reference: string
  /** What the tag names: an index or one image's manifest. */
  readonly root: string
  /** By digest; the root, the platforms' manifests and the attestations. */
  readonly manifests: ReadonlyMap<string, { readonly mediaType: string; readonly bytes: Uint8Array }>
  /** By digest; configurations and layers. */
  readonly blobs: ReadonlyMap<string, Bytes>
}

export function sizeOf(content: Bytes): number {
  return 'bytes' in content ? content.bytes.length : content.size
}

/** The bytes from `start` to before `end`. */
export async function* readBytes(content: Bytes, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start >= end) return
  if ('bytes' in content) yield content.bytes.subarray(start, end)
  else yield* createReadStream(content.file, { start, end: end - 1, highWaterMark: CHUNK })
}
