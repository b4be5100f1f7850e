import type { FileHandle } from 'node:fs/promises'
import { CHUNK, type EdgeliftError } from '@edgelift/core'

/** The bytes of an archive, which lie in one file or in parts. */
export interface ArchiveSource extends AsyncDisposable {
  /** Bytes. */
  readonly size: number
  /** Fewer bytes than `length` only at the end. */
  read(at: number, length: number): Promise<Buffer>
  /** What is wrong with the parts, each named; nothing for a file. Reads what has not been read yet. */
  problems(): Promise<readonly EdgeliftError[]>
}

/** All bytes in their order. */
export async function* bytesOf(source: ArchiveSource): AsyncGenerator<Buffer> {
  for (let at = 0; at < source.size; at += CHUNK) yield await source.read(at, CHUNK)
}

/** Fewer bytes than `length` only at the end of the file. */
export async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let done = 0
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done)
    if (bytesRead === 0) return bytes.subarray(0, done)
    done += bytesRead
  }
  return bytes
}
