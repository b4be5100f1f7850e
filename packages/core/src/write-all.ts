import type { FileHandle } from 'node:fs/promises'

/**
 * Writes all pieces at the handle's place, one after the other, with as few system calls as the system allows.
 * @param wrote told what lies in the file, also before an error: the disk may take only a part
 */
export async function writeAll(
  handle: FileHandle,
  pieces: readonly Uint8Array[],
  wrote: (bytes: Uint8Array) => void = () => {},
): Promise<void> {
  let rest: readonly Uint8Array[] = pieces.filter((piece) => piece.length > 0)
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest)
    let left = bytesWritten
    const remaining: Uint8Array[] = []
    for (const piece of rest) {
      const part = piece.subarray(0, left)
      left -= part.length
      if (part.length > 0) wrote(part)
      if (part.length < piece.length) remaining.push(piece.subarray(part.length))
    }
    rest = remaining
  }
}
