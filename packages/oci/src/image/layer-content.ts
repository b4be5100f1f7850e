import { createHash } from 'node:crypto'
import { PassThrough, pipeline, Readable } from 'node:stream'
import zlib from 'node:zlib'
import { byteReader, CHUNK, type Digest, formatBytes, type Text } from '@edgelift/core'
import { TarError } from '../tar/tar-error.ts'
import { rejoined, zstdDecoder } from '../tar/unpacked.ts'
import { isZstd, unzstd } from '../tar/zstd-frames.ts'

/** What a layer unpacks to: its diff_id (image-spec 1.1, config.md) and size in bytes; or why it does not unpack. */
export type LayerContent = { readonly digest: Digest; readonly size: number } | { readonly fault: Text }

/** Takes a layer's bytes as they come; {@link LayerUnpacker.end} once, behind the last. */
export interface LayerUnpacker {
  write(chunk: Buffer): Promise<void>
  end(): Promise<LayerContent>
}

/** Bytes to which a layer may unpack, the limit of what `lock` reads too. The largest that are published have about 10 GB. */
const LAYER_LIMIT = 16 * 1024 ** 3
/** Bytes that tell how a layer is compressed. */
const HEAD = 10

/**
 * Unpacks a layer as containerd does (pkg/archive/compression): its first bytes tell gzip, of any number of members, or
 * zstd, of any number of frames; all else, also nothing at all, is a tar as it is. Behind the last member or frame nothing
 * may follow, zeros neither: Go's reader of gzip takes them for a broken header. Memory stays flat, and nothing is kept.
 * @param what how an error names the layer
 * @param limit bytes to which it may unpack
 */
export function layerUnpacker(what: string, limit = LAYER_LIMIT): LayerUnpacker {
  const input = new PassThrough({ highWaterMark: CHUNK })
  let [size, isOver] = [0, false]
  const unpacking = unpack(input, what, limit).finally(() => {
    isOver = true
    input.destroy()
  })
  unpacking.catch(() => {}) // told at the end
  return {
    async write(chunk) {
      size += chunk.length
      if (isOver || input.write(chunk)) return
      await new Promise((resolve) => input.once('drain', resolve).once('close', resolve))
    },
    async end() {
      if (!isOver) input.end()
      const { content, read } = await unpacking
      return read === undefined || read === size || 'fault' in content ? content : { fault: FOLLOWED }
    },
  }
}

/** What came of it, and how many bytes of it a decoder has read that ends before its input does. */
interface Unpacking {
  readonly content: LayerContent
  readonly read?: number
}

async function unpack(input: PassThrough, what: string, limit: number): Promise<Unpacking> {
  const reader = byteReader(input as AsyncIterable<Buffer>)
  const head = await reader.take(HEAD)
  const whole = Readable.from(rejoined(head, reader.pass()), { objectMode: false, highWaterMark: CHUNK })
  if (isZstd(head)) return { content: await hashed(unzstd(whole, zstdDecoder(what)), 'zstd', limit) }
  if (head[0] !== 0x1f || head[1] !== 0x8b || head[2] !== 8)
    return { content: await hashed(whole, '', limit) }
  const gunzip = pipeline(whole, zlib.createGunzip({ chunkSize: CHUNK }), () => {})
  const content = await hashed(gunzip, 'gzip', limit)
  return { content, read: gunzip.bytesWritten } // Node ends at a zero behind a member, whatever follows
}

async function hashed(
  unpacked: AsyncIterable<Buffer>,
  form: 'gzip' | 'zstd' | '',
  limit: number,
): Promise<LayerContent> {
  const hash = createHash('sha256')
  let size = 0
  try {
    for await (const chunk of unpacked) {
      size += chunk.length
      if (size > limit) return { fault: tooLarge(limit) }
      hash.update(chunk)
    }
  } catch (error) {
    return { fault: faultOf(error, form) }
  }
  return { digest: `sha256:${hash.digest('hex')}` as Digest, size }
}

const FOLLOWED: Text = { en: 'something else follows its gzip stream', zh: '其 gzip 数据流之后还有其他内容' }

/** By what zlib says (inflate.c); the first header has been looked at, so that a wrong one is that of what follows. */
const GZIP_FAULTS: Readonly<Record<string, Text>> = {
  'incorrect header check': FOLLOWED,
  'incorrect data check': { en: 'its gzip checksum is wrong', zh: '其 gzip 校验和不符' },
  'incorrect length check': {
    en: 'its gzip stream ends with a wrong length',
    zh: '其 gzip 数据流末尾记录的长度不符',
  },
}

/** @throws what is no fault of the layer */
function faultOf(error: unknown, form: string): Text {
  if (error instanceof TarError) return error.text
  const { code, message } = error as { code?: unknown; message: string }
  if (typeof code !== 'string' || !/^(Z|ZSTD)_/.test(code)) throw error
  if (code === 'Z_BUF_ERROR') return { en: `its ${form} stream is cut off`, zh: `其 ${form} 数据流不完整` }
  return (
    GZIP_FAULTS[message] ?? {
      en: `its ${form} stream is damaged (${message})`,
      zh: `其 ${form} 数据流已损坏（${message}）`,
    }
  )
}

function tooLarge(limit: number): Text {
  const most = formatBytes(limit)
  return { en: `it unpacks to more than ${most}`, zh: `解包后超过 ${most}` }
}
