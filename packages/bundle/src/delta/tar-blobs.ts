import { type FileHandle, open } from 'node:fs/promises'
import { TAR_BLOCK, tarPadding } from '@edgelift/core'

/** Where content lies. */
export interface Place {
  readonly file: string
  /** Bytes from the file's beginning. */
  readonly offset: number
  readonly size: number
}

const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/

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
      const header = await readHeader(handle, at)
      if (header === undefined) break
      const [, hex] = BLOB.exec(header.name) ?? []
      const offset = at + TAR_BLOCK
      if (hex !== undefined && offset + header.size <= end)
        found.set(hex, { file, offset, size: header.size })
      at = offset + header.size + tarPadding(header.size)
    }
    return found
  } finally {
    await handle.close()
  }
}

/** Name and size of a ustar header (POSIX pax, "ustar Interchange Format"); undefined at the end and for anything else. */
async function readHeader(
  handle: FileHandle,
  at: number,
): Promise<{ name: string; size: number } | undefined> {
  const block = Buffer.alloc(TAR_BLOCK)
  const { bytesRead } = await handle.read(block, 0, TAR_BLOCK, at)
  if (bytesRead < TAR_BLOCK || block.toString('latin1', 257, 262) !== 'ustar') return undefined
  const size = Number.parseInt(block.toString('latin1', 124, 136), 8)
  if (!Number.isSafeInteger(size) || size < 0) return undefined
  return { name: block.toString('utf8', 0, 100).replace(/\0.*$/s, ''), size }
}
