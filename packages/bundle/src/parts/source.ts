import type { FileHandle } from 'node:fs/promises'
import { CHUNK, type EdgeliftError } from '@edgelift/core'

/** The bytes of an archive, which lie in one file or in parts. */
export interface ArchiveSource extends AsyncDisposable {
  /** Bytes. */
  readonly size: number
  /** Fewer bytes than `length` only at the end. */
  read(at: number, length: number): Promise<Buffer>
  /** As {@link read}, into a buffer of the caller's; returns how many bytes there were. */
  fill(at: number, bytes: Buffer): Promise<number>
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
  return bytes.subarray(0, await fillFrom(handle, at, bytes))
}

/** Fills a buffer from a place of a file on; returns how many bytes there were. */
export async function fillFrom(handle: FileHandle, at: number, bytes: Buffer): Promise<number> {
  let done = 0
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, at + done)
    if (bytesRead === 0) break
    done += bytesRead
  }
  return done
}
