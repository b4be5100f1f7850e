import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CHUNK } from '@edgelift/core'
import { extract } from 'tar-stream'
import { type ArchiveSource, bytesOf } from './parts/source.ts'

/** A file of an archive. `body` is read to its end, or skipped when the next file is asked for. */
export interface ArchiveContent {
  /** Without the top directory. */
  readonly path: string
  readonly size: number
  readonly body: AsyncIterable<Buffer>
}

/**
 * The files of an archive as they come, not verified: any gzipped tar is read, and its paths are not to be written to. A reader
 * that leaves ends the inflating too.
 * @throws what gzip and tar do not allow, in their words; the file system's errors
 */
export async function* contentsOfArchive(
  source: ArchiveSource,
  signal?: AbortSignal,
): AsyncGenerator<ArchiveContent> {
  const entries = extract()
  const ended = new Promise<unknown>((resolve) => {
    const bytes = Readable.from(bytesOf(source), {
      objectMode: false,
      ...(signal === undefined ? {} : { signal }),
    })
    pipeline(bytes, createGunzip({ chunkSize: CHUNK }), entries as unknown as NodeJS.WritableStream, resolve)
  })
  try {
    for await (const entry of entries) {
      const { name, size = 0, type } = entry.header
      const path = name.slice(name.indexOf('/') + 1)
      if (type === 'file') yield { path, size, body: withoutEnd(entry as unknown as AsyncIterable<Buffer>) }
      entry.resume()
    }
  } catch (error) {
    const first = await ended
    throw first instanceof Error ? first : error // before "premature close"
  }
}

/** Whoever stops reading one file does not stop the archive. */
async function* withoutEnd(entry: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const chunks = entry[Symbol.asyncIterator]()
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
}
