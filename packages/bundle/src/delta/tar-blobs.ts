import { open } from 'node:fs/promises'
import { TAR_BLOCK, tarPadding } from '@edgelift/core'

/** Where content lies. */
export interface Place {
  readonly file: string
  /** Bytes from the file's beginning. */
  readonly offset: number
  readonly size: number
}

const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/

/** What a header of an image tarball says of the content behind it. */
export interface TarBlob {
  /** Undefined where it is no blob. */
  readonly hex: string | undefined
  readonly size: number
}

/**
 * Where the blobs of an image tarball lie (OCI image layout), by their SHA-256 in hexadecimal. Only headers are read,
 * so nothing is proved yet: whoever copies a blob checks its digest.
 */
export async function blobsInTar(file: string): Promise<Map<string, Place>> {
  const handle = await open(file, 'r')
  try {
    const { size: end } = await handle.stat()
    const found = new Map<string, Place>()
    for (let at = 0; at + TAR_BLOCK <= end; ) {
      const block = Buffer.alloc(TAR_BLOCK)
      await handle.read(block, 0, TAR_BLOCK, at)
      const header = tarBlob(block)
      if (header === undefined) break
      const { hex, size } = header
      const offset = at + TAR_BLOCK
      if (hex !== undefined && offset + size <= end) found.set(hex, { file, offset, size })
      at = offset + size + tarPadding(size)
    }
    return found
  } finally {
    await handle.close()
  }
}

/** Reads a ustar header (POSIX pax, "ustar Interchange Format"); undefined at the end and for anything else. */
export function tarBlob(block: Buffer): TarBlob | undefined {
  if (block.length < TAR_BLOCK || block.toString('latin1', 257, 262) !== 'ustar') return undefined
  const size = Number.parseInt(block.toString('latin1', 124, 136), 8)
  if (!Number.isSafeInteger(size) || size < 0) return undefined
  const name = block.toString('utf8', 0, 100).replace(/\0.*$/s, '')
  return { hex: BLOB.exec(name)?.[1], size }
}
