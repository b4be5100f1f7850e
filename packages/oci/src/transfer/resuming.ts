import { fail } from '../codes.ts'
import { NotCoded } from '../http/content-coding.ts'
import type { Meter } from '../http/meter.ts'
import { redactUrl } from '../http/redact.ts'
import type { RetryBudget } from '../http/retry-budget.ts'
import { exchangeError, networkError, RetryableError } from '../http/retryable-error.ts'
import type { Response, Transport } from '../http/transport.ts'
import { type BodyForm, chunksOf, shaped } from './body-form.ts'
import {
  BeginAgain,
  OtherCoding,
  place,
  type Received,
  rangeHeaders,
  refuseExcess,
  tooLong,
  type Wanted,
} from './placement.ts'

export interface ResumingOptions extends Wanted {
  /** Asks for the content, with `Range` headers or without; the response has status 200, 206 or 416; throws otherwise. */
  readonly open: (headers: Readonly<Record<string, string>>) => Promise<Response>
  /** Bytes that are there; those after them are asked for. */
  readonly from: number
  /** The entity tag of the bytes that are there already. */
  readonly resumeTag?: string | undefined
  /** How bodies with a `Content-Encoding` are to be taken; by what a response says when left out. */
  readonly coding?: BodyForm | undefined
  readonly transport: Transport
  readonly budget: RetryBudget
  readonly meter: Meter
}

interface State extends Received {
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
  const opened = await options.open(rangeHeaders(options, state))
  const { response, form } = await shaped(opened, options).catch((error: unknown) => {
    throw exchangeError(error, opened.url, options.transport.signal)
  })
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
