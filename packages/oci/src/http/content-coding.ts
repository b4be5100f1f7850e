import { pipeline, Readable, type Transform } from 'node:stream'
import zlib from 'node:zlib'
import { RetryableError } from './retryable-error.ts'
import type { Response } from './transport.ts'

/**
 * What a cache or proxy has compressed for others it may give to those who did not ask for it (RFC 9110, 8.4), though every
 * request of ours accepts `identity` only.
 */
export type Coding = 'gzip' | 'deflate' | 'br'

const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  br: 'br',
}

/** Codings that change the bytes and that nothing here undoes (IANA, HTTP Content Coding Registry). */
const OTHERS = ['zstd', 'compress', 'x-compress', 'dcb', 'dcz', 'exi', 'pack200-gzip', 'aes128gcm']

/**
 * What was done to a body, in order: some servers name what is none (`aws-chunked`, `none`, `utf-8`), which changes nothing.
 */
function codingsOf(header: string | undefined): string[] {
  const names = (header ?? '').toLowerCase().split(',')
  return names
    .map((name) => name.trim())
    .filter((name) => Object.hasOwn(CODINGS, name) || OTHERS.includes(name))
}

/** The coding of a response's body that can be undone; undefined for none and for others. */
export function codingOf({ headers }: Response): Coding | undefined {
  const [only = '', ...more] = codingsOf(headers['content-encoding'])
  return more.length === 0 ? CODINGS[only] : undefined
}

/** The header by which a response says that its body was compressed in a way that cannot be undone here. */
export function lastingCoding(response: Response): string | undefined {
  const { 'content-encoding': content, 'transfer-encoding': transfer } = response.headers
  if (codingsOf(transfer).length > 0) return `Transfer-Encoding: ${transfer}`
  const isPlain = codingsOf(content).length === 0 || codingOf(response) !== undefined
  return isPlain ? undefined : `Content-Encoding: ${content}`
}

/** A body that is not what its `Content-Encoding` says: servers name the coding of a file, proxies forget to remove it. */
export class NotCoded extends RetryableError {}

/**
 * A body as it was before its coding, in pieces. Memory does not grow with it.
 * @param received told how many bytes each piece had on the network
 * @throws {@link NotCoded}; RetryableError where the body is cut; the body's own errors
 */
export async function* decoded(
  body: AsyncIterable<Buffer>,
  coding: Coding,
  received: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  let broken: { readonly error: unknown } | undefined
  const pieces = body[Symbol.asyncIterator]()
  const source = watched()
  async function* watched(): AsyncGenerator<Buffer> {
    for (;;) {
      const next = await pieces.next().catch((error: unknown) => {
        broken = { error } // by the network, not by the decoder
        throw error
      })
      if (next.done) return
      received(next.value.length)
      yield next.value
    }
  }
  const first = await source.next()
  if (first.done) return
  async function* whole(): AsyncGenerator<Buffer> {
    yield first.value as Buffer
    yield* source
  }
  const decoder = decoderOf(coding, first.value)
  pipeline(Readable.from(whole(), { objectMode: false }), decoder, () => {})
  try {
    yield* decoder as AsyncIterable<Buffer>
  } catch (error) {
    throw broken === undefined ? undone(error, coding, first.value) : broken.error
  }
}

/**
 * A small body as it was before its coding; as it came where it has none, whatever the header says.
 * @param limit bytes; beyond, no more than `limit` + 1 are given
 * @param isBeginning whether the bytes may end anywhere
 * @throws RetryableError where the body is cut
 */
export function decodedWhole(
  bytes: Buffer,
  coding: Coding,
  { limit, isBeginning = false }: { readonly limit: number; readonly isBeginning?: boolean },
): Buffer {
  const { Z_SYNC_FLUSH, BROTLI_OPERATION_FLUSH } = zlib.constants
  const flush = coding === 'br' ? BROTLI_OPERATION_FLUSH : Z_SYNC_FLUSH
  const options = { maxOutputLength: limit, ...(isBeginning ? { finishFlush: flush } : {}) }
  const decode = {
    gzip: zlib.gunzipSync,
    deflate: isZlib(bytes) ? zlib.inflateSync : zlib.inflateRawSync,
    br: zlib.brotliDecompressSync,
  }[coding]
  try {
    return decode(bytes, options)
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') return Buffer.alloc(limit + 1)
    const reason = undone(error, coding, bytes)
    if (reason instanceof NotCoded || bytes[0] === JSON_BEGIN) return bytes
    throw reason
  }
}

const JSON_BEGIN = 0x7b
const PIECE = 256 * 1024 // bytes

function decoderOf(coding: Coding, beginning: Buffer): Transform {
  const options = { chunkSize: PIECE }
  if (coding === 'gzip') return zlib.createGunzip(options)
  if (coding === 'br') return zlib.createBrotliDecompress(options)
  return isZlib(beginning) ? zlib.createInflate(options) : zlib.createInflateRaw(options)
}

/** `deflate` is the zlib format (RFC 9110, 8.4.1.2), which some servers leave out around the deflated bytes. */
function isZlib(beginning: Buffer): boolean {
  return ((beginning[0] ?? 0) & 0x0f) === 8 && beginning.length > 1 && beginning.readUInt16BE(0) % 31 === 0
}

/** What an error of a decoder means. A gzip or zlib header shows that the bytes are coded: then they are damaged. */
function undone(error: unknown, coding: Coding, beginning: Buffer): RetryableError {
  const isCut = (error as { code?: unknown }).code === 'Z_BUF_ERROR'
  if (!isCut && !isCoded(coding, beginning))
    return new NotCoded({
      en: `the response is said to be ${coding} and is not`,
      zh: `响应声明为 ${coding} 编码，实际不是`,
    })
  return isCut
    ? new RetryableError({
        en: `the response, sent as ${coding}, was cut`,
        zh: `以 ${coding} 编码的响应不完整`,
      })
    : new RetryableError({
        en: `the response, sent as ${coding}, is damaged`,
        zh: `以 ${coding} 编码的响应已损坏`,
      })
}

function isCoded(coding: Coding, beginning: Buffer): boolean {
  return coding === 'gzip'
    ? beginning[0] === 0x1f && beginning[1] === 0x8b
    : coding === 'deflate' && isZlib(beginning) && inflates(beginning.subarray(0, PROBED))
}

const PROBED = 4096 // bytes, which deflate makes 4 MiB at most

/** The two bytes of a zlib header are those of other content, too: its beginning tells. */
function inflates(beginning: Buffer): boolean {
  try {
    zlib.inflateSync(beginning, { finishFlush: zlib.constants.Z_SYNC_FLUSH })
    return true
  } catch {
    return false
  }
}
