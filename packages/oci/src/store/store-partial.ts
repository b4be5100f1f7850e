import { createReadStream } from 'node:fs'
import { open, rm, truncate } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { CHUNK, hashFile, hashThread } from '@edgelift/core'
import type { BlobSink } from '../transfer/blob-sink.ts'
import { sizeOf, writeHashed } from './store-files.ts'

/** A blob on its way, in a file that outlives the process. */
export interface PartialFile extends BlobSink {
  existing(): Readable
  /** Bytes appended through this object. */
  received(): number
  /** Size and digest of what is there. Bytes appended here were hashed as they came and are not read again. */
  content(): Promise<{ readonly size: number; readonly digest: string }>
  /** Ends the hash; nothing is appended after it. */
  done(): void
}

export function partialFile(file: string): PartialFile {
  let hash = hashThread().hash()
  let hashed = 0 // the hash covers the file's first `hashed` bytes
  let received = 0
  const restart = () => {
    hash.drop()
    hash = hashThread().hash()
    hashed = 0
  }
  const offset = async () => (await sizeOf(file)) ?? 0

  return {
    offset,
    received: () => received,
    existing: () => createReadStream(file, { highWaterMark: CHUNK }),
    async append(from, body) {
      const length = await offset()
      if (from > length) throw new Error(`append at ${from} to a partial of ${length} bytes`)
      if (from < length) await truncate(file, from)
      if (hashed > from) restart()
      const handle = await open(file, 'a+', 0o644)
      let covered: number | undefined
      try {
        if (hashed < from) hashed += await hash.updateFrom(handle.fd, hashed, from - hashed)
        if (hashed < from) throw new Error(`${file} was cut by someone else`)
        let end = from
        const wrote = (bytes: number): void => {
          received += bytes
          end += bytes
        }
        await writeHashed({ handle, hash, wrote, hashed: () => (covered = end) }, body)
      } finally {
        await handle.close()
        if (covered === undefined) restart()
        else hashed = covered
      }
    },
    async reset() {
      await rm(file, { force: true })
      restart()
    },
    async content() {
      const size = await offset()
      if (hashed === size) return { size, digest: `sha256:${await hash.peek()}` }
      const whole = await hashFile(file)
      return { size: whole.size, digest: `sha256:${whole.sha256}` }
    },
    done: () => hash.drop(),
  }
}
