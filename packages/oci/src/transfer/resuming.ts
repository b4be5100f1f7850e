import type { Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import { NotCoded } from '../http/content-coding.ts'
import type { Meter } from '../http/meter.ts'
import { redactUrl } from '../http/redact.ts'
import { firstWords } from '../http/responses.ts'
import type { RetryBudget } from '../http/retry-budget.ts'
import { exchangeError, networkError, RetryableError } from '../http/retryable-error.ts'
import type { Response, Transport } from '../http/transport.ts'
import { bareMediaType } from '../manifest/media-types.ts'
import { type BodyForm, chunksOf, formOf, lengthOf } from './body-form.ts'

/** The bytes cannot be put together with those that are there already: begin again from none. */
export class BeginAgain extends RetryableError {}

/** The bytes make no sense with the content coding taken as it was: begin again, and take it the other way. */
export class OtherCoding extends BeginAgain {}

export interface ResumingOptions {
  /** Asks for the content, with `Range` headers or without; the response has status 200, 206 or 416; throws otherwise. */
  readonly open: (headers: Readonly<Record<string, string>>) => Promise<Response>
  /** Bytes that are there; those after them are asked for. */
  readonly from: number
  readonly size: number | undefined
  /** The content cannot change without notice, because a digest is checked at the end. */
  readonly hasDigest: boolean
  /** The most bytes that are accepted where no size is known. */
  readonly limit?: number | undefined
  /** The entity tag of the bytes that are there already. */
  readonly resumeTag?: string | undefined
  /** Whether an HTML page may be what is asked for. */
  readonly mayBeHtml: boolean
  /** How bodies with a `Content-Encoding` are to be taken; by what a response says when left out. */
  readonly coding?: BodyForm | undefined
  readonly transport: Transport
  readonly budget: RetryBudget
  readonly meter: Meter
}

interface State {
  at: number
  total: number | undefined
  /** What `If-Range` may name: a strong entity tag (RFC 9110, 13.1.5). */
  etag: string | undefined
  ranges: boolean
  responses: number
  openEnded: boolean
  form: BodyForm | undefined
}

/** The bytes from `from` to the end, over as many requests as it takes. */
export interface Resuming {
  readonly bytes: AsyncIterable<Buffer>
  /** How many responses the bytes came from. */
  responses(): number
  /** Nothing but the connection's end marked the end of the bytes: they may be cut. */
  openEnded(): boolean
  /** Where the bytes end; the size once all are through. */
  at(): number
  /** How the last body with a `Content-Encoding` was taken; undefined where there was none. */
  form(): BodyForm | undefined
}

/**
 * The network half of a transfer: a stream that survives cuts, stalls, busy servers and wrong ranges by asking
 * again for what is missing.
 * @throws (from the iteration) TRANSFER_FAILED when patience ends, {@link BeginAgain}, what `open` throws
 */
export function resuming(options: ResumingOptions): Resuming {
  const state: State = {
    at: options.from,
    total: options.size,
    etag: options.resumeTag,
    ranges: true,
    responses: 0,
    openEnded: false,
    form: undefined,
  }
  return {
    bytes: iterate(options, state),
    responses: () => state.responses,
    openEnded: () => state.openEnded,
    at: () => state.at,
    form: () => state.form,
  }
}

async function* iterate(options: ResumingOptions, state: State): AsyncGenerator<Buffer> {
  let piece: Piece | undefined
  try {
    while (piece !== undefined || state.at !== state.total) {
      let chunk: Buffer | undefined
      try {
        piece ??= await openPiece(options, state)
        chunk = await nextChunk(options, state, piece)
      } catch (error) {
        piece?.response.body.destroy()
        const url = piece?.response.url ?? 'about:blank'
        piece = undefined
        if (state.at === state.total) return
        const cause = networkError(error, url, options.transport.signal)
        if (cause instanceof OtherCoding) throw cause
        await options.budget.survive(cause)
        if (cause instanceof BeginAgain) throw cause
        continue
      }
      if (chunk === undefined) return
      // Outside of the try: an error of the consumer is not one of the network.
      if (chunk.length > 0) yield chunk
    }
  } finally {
    piece?.response.body.destroy()
  }
}

interface Piece {
  readonly response: Response
  readonly chunks: AsyncIterator<Buffer>
  readonly form: BodyForm | undefined
  /** Bytes at the front of the response that are there already. */
  skip: number
  /** Since when (milliseconds that the network was waited for) how many bytes have come. */
  readonly window: { waited: number; bytes: number }
}

async function openPiece(options: ResumingOptions, state: State): Promise<Piece> {
  const response = await options.open(rangeHeaders(options, state))
  const form = formOf(response, options)
  let skip: number
  try {
    skip = await place(options, state, { response, form })
  } catch (error) {
    response.body.destroy()
    throw error
  }
  state.responses++
  state.form = form ?? state.form
  const chunks = chunksOf(response, form, options.meter.received)[Symbol.asyncIterator]()
  return { response, chunks, form, skip, window: { waited: 0, bytes: 0 } }
}

/** The next bytes that are new; empty when all of a chunk are there already; undefined at the end of the content. */
async function nextChunk(options: ResumingOptions, state: State, piece: Piece): Promise<Buffer | undefined> {
  const { value, done } = await fromNetwork(options, piece)
  if (done) {
    state.openEnded = state.total === undefined && piece.form !== 'decoded' && !hasProperEnd(piece.response)
    if (state.openEnded && !options.hasDigest) throw endless(piece.response)
    if (state.total === undefined || state.at === state.total) return undefined
    const words = {
      en: `the response ended after ${state.at} of ${state.total} bytes`,
      zh: `响应在 ${state.at} / ${state.total} 字节处结束`,
    }
    throw piece.form === undefined ? new RetryableError(words) : new OtherCoding(words)
  }
  await options.transport.pace(value.length)
  const fresh = value.subarray(piece.skip)
  piece.skip = Math.max(0, piece.skip - value.length)
  if (fresh.length === 0) return fresh
  state.at += fresh.length
  if (state.at > (options.limit ?? state.at)) throw tooLong(options, piece.response)
  if (!options.hasDigest) refuseExcess(state.at, state.total)
  options.budget.progress()
  options.meter.at(state.at, state.total)
  return fresh
}

/**
 * The next chunk, as long as they come fast enough: a connection that drips holds up everything behind it. Only the
 * time that the network is waited for counts, not that of a bandwidth limit or of the disk.
 */
async function fromNetwork(options: ResumingOptions, piece: Piece): Promise<IteratorResult<Buffer>> {
  const { stall, minRate } = options.transport.timeouts
  const started = performance.now()
  let next: IteratorResult<Buffer>
  try {
    next = await piece.chunks.next()
  } catch (error) {
    if (error instanceof NotCoded) throw new OtherCoding(error.text)
    throw exchangeError(error, piece.response.url, options.transport.signal)
  }
  const { window } = piece
  window.waited += performance.now() - started
  window.bytes += next.value?.length ?? 0
  if (window.waited < stall) return next
  const slow = window.bytes < (minRate * window.waited) / 1000
  if (slow && next.done !== true) {
    const rate = Math.round((window.bytes * 1000) / window.waited)
    throw new RetryableError(
      {
        en: `slower than ${minRate} bytes a second (${rate})`,
        zh: `速度低于每秒 ${minRate} 字节（${rate}）`,
      },
      { slow: true },
    )
  }
  window.waited = 0
  window.bytes = 0
  return next
}

/** A body whose end is told (RFC 9112, 6.3): by a length or by the last chunk. Any other ends where the connection does. */
function hasProperEnd({ headers }: Response): boolean {
  return headers['content-length'] !== undefined || /\bchunked\b/i.test(headers['transfer-encoding'] ?? '')
}

function tooLong({ limit }: ResumingOptions, response: Response): Error {
  return fail('CONTENT_TOO_LARGE', {
    what: {
      en: `${redactUrl(response.url)} sends more than is accepted`,
      zh: `${redactUrl(response.url)} 返回的内容超出上限`,
    },
    because: { en: `at most ${limit} bytes are accepted`, zh: `最多接受 ${limit} 字节` },
    fix: { en: 'check the URL', zh: '请检查 URL' },
  })
}

function endless(response: Response): Error {
  return fail('SOURCE_REFUSED', {
    what: {
      en: `${redactUrl(response.url)}: cannot tell whether the download is complete`,
      zh: `${redactUrl(response.url)}：无法判断下载是否完整`,
    },
    because: {
      en: 'the response has no length and no end marker, and no checksum is known',
      zh: '响应既没有长度也没有结束标记，且没有已知的校验和',
    },
    fix: {
      en: 'name a digest or a checksum file in the release, or download from a server that sends Content-Length',
      zh: '请在发布清单中指定摘要或校验和文件，或改用会返回 Content-Length 的服务器',
    },
  })
}

function rangeHeaders(options: ResumingOptions, state: State): Record<string, string> {
  if (state.at === 0) return {}
  // With a digest every server's bytes are as good as another's, whatever tag it gives them.
  if (options.hasDigest) return state.ranges ? { range: `bytes=${state.at}-` } : {}
  if (state.etag !== undefined && state.ranges) {
    return { range: `bytes=${state.at}-`, 'if-range': state.etag }
  }
  throw new BeginAgain({
    en: 'the server cannot resume the download',
    zh: '服务器不支持从中途继续',
  })
}

/** Checks that a response fits what is there; returns how many of its first bytes are to be dropped. */
async function place(
  options: ResumingOptions,
  state: State,
  { response, form }: Pick<Piece, 'response' | 'form'>,
): Promise<number> {
  if (!options.mayBeHtml && bareMediaType(response.headers['content-type']) === 'text/html') {
    const words = await firstWords(response)
    throw fault(`a page where content was expected${words}`, `响应是网页而不是内容${words}`)
  }
  if (response.status === 206) {
    if (form !== 'decoded') return placePart(options, state, response)
    state.ranges = false // its range counts coded bytes
    throw fault('a part of a compressed body', '响应是压缩内容的一部分')
  }
  if (response.status !== 200) {
    state.ranges = false
    const total = /^bytes \*\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1]
    // All bytes are there already (RFC 9110, 14.4): an earlier process received them and ended before it used them.
    if (total === String(state.at)) state.total = state.at
    if (options.size === undefined && total !== undefined) refuseExcess(state.at, Number(total))
    throw fault(
      `status ${response.status} to a request for the bytes from ${state.at}`,
      `请求从 ${state.at} 起的字节时返回 ${response.status}`,
    )
  }
  const length = form === 'decoded' ? undefined : lengthOf(response)
  if (length !== undefined && options.size !== undefined && length !== options.size) {
    const coding = response.headers['content-encoding']
    const [en, zh] = coding === undefined ? ['', ''] : [`, sent as ${coding}`, `，以 ${coding} 编码发送`]
    const words = {
      en: `Content-Length is ${length}${en}, the content has ${options.size} bytes`,
      zh: `Content-Length 为 ${length}${zh}，而内容应为 ${options.size} 字节`,
    }
    throw form === undefined ? new RetryableError(words) : new OtherCoding(words)
  }
  if (options.size === undefined && (length ?? 0) > (options.limit ?? Number.POSITIVE_INFINITY))
    throw tooLong(options, response)
  const etag = strongTag(response)
  const same = options.hasDigest || (etag !== undefined && etag === state.etag)
  if (state.at > 0 && !same) {
    throw new BeginAgain({ en: 'the content changed during the download', zh: '内容在传输中途发生变化' })
  }
  state.etag = etag
  state.total = options.size ?? length
  refuseExcess(state.at, state.total)
  return state.at
}

/** Bytes that are there and that the content does not have, under a digest too: nothing that follows makes them right. */
function refuseExcess(at: number, total: number | undefined): void {
  if (total === undefined || at <= total) return
  throw new BeginAgain({ en: `more than ${total} bytes`, zh: `超过 ${total} 字节` })
}

function placePart(options: ResumingOptions, state: State, response: Response): number {
  const header = response.headers['content-range'] ?? ''
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(header.trim())
  const total = match?.[3] === '*' ? state.total : Number(match?.[3])
  if (
    match === null ||
    Number(match[1]) !== state.at ||
    (options.size !== undefined && total !== options.size)
  ) {
    state.ranges = false
    const requirement = `bytes ${state.at}-/${options.size ?? '*'}`
    throw fault(
      `Content-Range is "${header}", asked for ${requirement}`,
      `Content-Range 为 "${header}"，请求的是 ${requirement}`,
    )
  }
  const etag = strongTag(response)
  if (!options.hasDigest && etag !== undefined && etag !== state.etag) {
    throw new BeginAgain({ en: 'the content changed during the download', zh: '内容在传输中途发生变化' })
  }
  state.total = total
  return 0
}

function strongTag(response: Response): string | undefined {
  const etag = response.headers.etag
  return etag?.startsWith('"') ? etag : undefined
}

function fault(en: string, zh: string): RetryableError {
  return new RetryableError({ en, zh } satisfies Text)
}
