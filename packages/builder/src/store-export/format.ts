import type { Digest } from '@edgelift/core'
import { hexOf, isDigest, TAR_BLOCK, tarHeader, tarPadding } from '@edgelift/core'
import { z } from 'zod'

/**
 * A store's content in one plain tar: a list of blobs, then each of them, sorted by digest. Nothing else is in it, so the
 * list alone says where each blob begins, and an import reads only what it lacks.
 */
const TOP = 'edgelift-store'

/** Of every version of the format. */
export const FORMAT_NAME = 'edgelift/store-export/'
export const FORMAT = `${FORMAT_NAME}v1`

export const ExportIndex = z.strictObject({
  format: z.literal(FORMAT),
  blobs: z.array(
    z.strictObject({
      digest: z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'a sha256 digest'),
      /** Bytes. */
      size: z.number().int().nonnegative(),
    }),
  ),
})
export type ExportIndex = z.infer<typeof ExportIndex>
export type ExportedBlob = ExportIndex['blobs'][number]

/** Bytes of the list: a million blobs take 100 MB, and no store comes near that. */
export const INDEX_LIMIT = 64 * 1024 * 1024

export function indexHeader(size: number): Uint8Array {
  return tarHeader({ path: `${TOP}/index.json`, size, mode: 0o644, type: 'file' })
}

export function blobHeader({ digest, size }: ExportedBlob): Uint8Array {
  return tarHeader({ path: `${TOP}/blobs/sha256/${hexOf(digest)}`, size, mode: 0o644, type: 'file' })
}

/** Where the list begins: behind its header, which is one block. */
export const INDEX_AT = TAR_BLOCK

export interface PlacedBlob extends ExportedBlob {
  /** Where its header and its content begin in the tar. */
  readonly header: number
  readonly content: number
}

/** @returns the blobs with their places, and where the tar's end begins */
export function placesOf(
  indexSize: number,
  blobs: readonly ExportedBlob[],
): { readonly blobs: readonly PlacedBlob[]; readonly end: number } {
  let at = INDEX_AT + indexSize + tarPadding(indexSize)
  const placed = blobs.map((blob) => {
    const header = at
    const content = header + blobHeader(blob).length
    at = content + blob.size + tarPadding(blob.size)
    return { ...blob, header, content }
  })
  return { blobs: placed, end: at }
}
