import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { CHUNK } from './sizes.ts'

/** The content of a file in pieces of {@link CHUNK}. Its errors name the file, as those of open files by themselves do not. */
export function fileStream(file: string): Readable {
  const stream = createReadStream(file, { highWaterMark: CHUNK })
  return stream.on('error', (error: NodeJS.ErrnoException) => {
    error.path ??= file
  })
}
