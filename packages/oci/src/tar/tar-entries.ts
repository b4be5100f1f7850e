import { pipeline, type Readable, Transform } from 'node:stream'
import { EdgeliftError, isErrno, type Text } from '@edgelift/core'
import { extract, type Header } from 'tar-stream'
import { fail } from '../codes.ts'
import { plainTar } from './plain-tar.ts'
import { TarError } from './tar-error.ts'

/** One entry of a tar. `body` is read to its end, or skipped when the next entry is asked for. */
export interface TarEntry {
  readonly header: Header
  /** The entry's number in the file, from 0. */
  readonly index: number
  readonly body: AsyncIterable<Buffer>
}

export interface TarLimits {
  /** How an error names the file. */
  readonly what: string
  /** Bytes of the whole tar once unpacked; 16 GiB when left out. */
  readonly totalSize?: number
  /** Number of entries; a million when left out. */
  readonly entries?: number
}

/** Tars of before POSIX (v7) have no magic; the checksum of each header is looked at all the same. */
const OLD_TOO = { allowUnknownFormat: true } as Parameters<typeof extract>[0]
const TOTAL = 16 * 1024 ** 3
const ENTRIES = 1_000_000

/**
 * The entries of a tar (not compressed) as they come, in flat memory: extended headers of more than 4 MiB are refused, and
 * what unpacks to more than the limits ends with an error. The paths are as in the file: see
 * `insidePath`.
 * @throws TAR_INVALID when it is not a tar or is cut; CONTENT_TOO_LARGE; what the stream throws
 */
export async function* entriesOfTar(stream: Readable, limits: TarLimits): AsyncGenerator<TarEntry> {
  const reader = extract(OLD_TOO)
  const ended = new Promise<unknown>((resolve) => {
    // What is read and what it becomes: behind the end of a tar, and in the holes of its files, there may be any number of bytes.
    const [read, made] = [meter(limits), meter(limits)]
    pipeline(stream, read, plainTar, made, reader as unknown as NodeJS.WritableStream, resolve)
  })
  /** The stream's own error comes before what it makes of its reader ("premature close"). */
  const explain = async (error: unknown) => {
    stream.destroy()
    const first = await ended
    const isConsequence = isErrno(first, 'ERR_STREAM_PREMATURE_CLOSE') || !(first instanceof Error)
    return explained(isConsequence ? error : first, limits.what)
  }
  async function* bodyOf(entry: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const chunks = entry[Symbol.asyncIterator]()
    for (;;) {
      const next = await chunks.next().catch(async (error: unknown) => {
        throw await explain(error)
      })
      if (next.done) return
      yield next.value
    }
  }
  let index = 0
  try {
    for await (const entry of reader) {
      if (index >= (limits.entries ?? ENTRIES)) throw tooLarge(limits.what)
      yield { header: entry.header, index, body: bodyOf(entry as unknown as AsyncIterable<Buffer>) }
      index++
      entry.resume()
    }
  } catch (error) {
    throw error instanceof EdgeliftError ? error : await explain(error)
  } finally {
    stream.destroy()
  }
}

function meter(limits: TarLimits): Transform {
  let seen = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length
      if (seen > (limits.totalSize ?? TOTAL)) done(tooLarge(limits.what))
      else done(null, chunk)
    },
  })
}

function explained(error: unknown, what: string): unknown {
  if (error instanceof EdgeliftError || !(error instanceof Error)) return error
  if (isErrno(error, 'EIO', 'EACCES', 'ENOENT', 'ENOSPC')) return error
  return fail(
    'TAR_INVALID',
    {
      what: { en: `${what} cannot be read as a tar`, zh: `${what} 无法作为 tar 读取` },
      because: wordsOf(error),
      fix: { en: 'it is damaged or cut: fetch it again', zh: '文件损坏或不完整：请重新获取' },
    },
    { cause: error },
  )
}

/** Decoders speak English only. */
function wordsOf(error: Error): Text | string {
  if (error instanceof TarError) return error.text
  const { code } = error as { code?: unknown }
  if (typeof code !== 'string' || !/^(Z|ZSTD)_/.test(code)) return error.message
  return code === 'Z_BUF_ERROR'
    ? { en: `its compressed data is cut (${error.message})`, zh: `压缩数据不完整（${error.message}）` }
    : { en: `its compressed data is damaged (${error.message})`, zh: `压缩数据已损坏（${error.message}）` }
}

function tooLarge(what: string): Error {
  return fail('CONTENT_TOO_LARGE', {
    what: { en: `${what} unpacks to more than is accepted`, zh: `${what} 解包后超出允许的大小` },
    fix: {
      en: 'look at what it is: it may be made to fill a disk',
      zh: '请检查其内容：可能是恶意的压缩炸弹',
    },
  })
}
