import { open } from 'node:fs/promises'
import { namingPath, TAR_BLOCK, tarPadding } from '@edgelift/core'
import { readAt } from '../parts/source.ts'

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
  /** The content is an extended header, which says more of the next entry: hand it to {@link tarBlob} with that one's block. */
  readonly isExtended: boolean
}

/** Bytes of an extended header; those of a blob have one record, of its size. */
const EXTENDED_LIMIT = 64 * 1024

/**
 * Where the blobs of an image tarball lie (OCI image layout), by their SHA-256 in hexadecimal. Only headers are read,
 * so nothing is proved yet: whoever copies a blob checks its digest.
 */
export async function blobsInTar(file: string): Promise<Map<string, Place>> {
  const named = namingPath(file)
  const handle = await open(file, 'r')
  try {
    const { size: end } = await handle.stat()
    const found = new Map<string, Place>()
    let extended: Buffer | undefined
    for (let at = 0; at + TAR_BLOCK <= end; ) {
      const header = tarBlob(await readAt(handle, at, TAR_BLOCK).catch(named), extended)
      if (header === undefined) break
      const { hex, size, isExtended } = header
      const offset = at + TAR_BLOCK
      extended = isExtended ? await readAt(handle, offset, size).catch(named) : undefined
      if (hex !== undefined && offset + size <= end) found.set(hex, { file, offset, size })
      at = offset + size + tarPadding(size)
    }
    return found
  } finally {
    await handle.close()
  }
}

/**
 * Reads a ustar header (POSIX pax, "ustar Interchange Format"); undefined at the end and for anything else.
 * @param extended the content of the extended header before it, which holds the size of a blob of 8 GiB and more
 */
export function tarBlob(block: Buffer, extended?: Buffer): TarBlob | undefined {
  if (block.length < TAR_BLOCK || block.toString('latin1', 257, 262) !== 'ustar') return undefined
  const size = sizeIn(extended) ?? Number.parseInt(block.toString('latin1', 124, 136), 8)
  if (!Number.isSafeInteger(size) || size < 0) return undefined
  const isExtended = block[156] === EXTENDED
  if (isExtended && size > EXTENDED_LIMIT) return undefined
  const name = block.toString('utf8', 0, 100).replace(/\0.*$/s, '')
  return { hex: isExtended ? undefined : BLOB.exec(name)?.[1], size, isExtended }
}

const EXTENDED = 'x'.charCodeAt(0)

function sizeIn(extended: Buffer | undefined): number | undefined {
  const size = /(?:^|\n)\d+ size=(\d+)\n/.exec(extended?.toString('latin1') ?? '')?.[1]
  return size === undefined ? undefined : Number(size)
}
