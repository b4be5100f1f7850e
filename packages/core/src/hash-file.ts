import { createHash } from 'node:crypto'
import { openRegular } from './regular-file.ts'
import { CHUNK } from './sizes.ts'

/**
 * The size of a file in bytes and the SHA-256 of its content in hexadecimal, read once.
 * @param onBytes told how many bytes each piece had
 * @throws FILE_NOT_REGULAR, the file system's errors
 */
export async function hashFile(
  file: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<{ readonly size: number; readonly sha256: string }> {
  const handle = await openRegular(file)
  try {
    const hash = createHash('sha256')
    // One buffer for the whole file: a stream makes a new one for each piece, which costs as much as half of the hashing.
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, (await handle.stat()).size + 1))
    let size = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null)
      if (bytesRead === 0) return { size, sha256: hash.digest('hex') }
      hash.update(buffer.subarray(0, bytesRead))
      size += bytesRead
      onBytes(bytesRead)
    }
  } finally {
    await handle.close()
  }
}
