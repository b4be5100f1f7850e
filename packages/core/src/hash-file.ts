import { namingPath } from './file-errors.ts'
import { hashThread } from './hash-thread.ts'
import { openRegular } from './regular-file.ts'
import { CHUNK } from './sizes.ts'

/** What a thread reads before it tells of it: less, and it waits for the next call as long as it hashes. */
const STEP = 8 * CHUNK

/**
 * The size of a file in bytes and the SHA-256 of its content in hexadecimal, read once. Several at once keep all
 * processors busy.
 * @param onBytes told how many bytes each piece had
 * @throws FILE_NOT_REGULAR, the file system's errors, which name the file
 */
export async function hashFile(
  file: string,
  onBytes: (bytes: number) => void = () => {},
): Promise<{ readonly size: number; readonly sha256: string }> {
  const handle = await openRegular(file)
  const hash = hashThread((await handle.stat()).size).hash()
  try {
    for (let size = 0; ; ) {
      const bytes = await hash.updateFrom(handle.fd, size, STEP)
      if (bytes === 0) return { size, sha256: await hash.digest() }
      size += bytes
      onBytes(bytes)
    }
  } catch (error) {
    return namingPath(file)(error)
  } finally {
    hash.drop()
    await handle.close()
  }
}
