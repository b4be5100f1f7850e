import { type Bytes, readBytes, sizeOf } from './content.ts'

/** A request as the upstream sees it. */
export interface Asked {
  readonly method: string
  /** Decoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Where the request came to: `http://127.0.0.1:PORT`. */
  readonly origin: string
  /** The origin of the second server, which holds the same and asks for no credentials. */
  readonly elsewhere: string
  /** Ends when the client has gone or the upstream is closed. */
  readonly signal: AbortSignal
}

/** A whole answer, which faults may still change. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  /** The body is the whole response, status line and headers included, as no HTTP library would send it. */
  readonly raw?: true
}

/** Thrown by a body: the connection ends there, as a lost one does (`cut`) or with a TCP reset. */
export class ConnectionEnds extends Error {
  readonly how: 'cut' | 'reset'

  constructor(how: 'cut' | 'reset') {
    super(how)
    this.how = how
  }
}

export const NO_BODY: AsyncIterable<Uint8Array> = bodyOf(new Uint8Array())

export async function* bodyOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

export function textAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const bytes = Buffer.from(text)
  const own = { 'content-type': 'text/plain; charset=utf-8', 'content-length': String(bytes.length) }
  return { status, headers: { ...own, ...headers }, body: bodyOf(bytes) }
}

export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return textAnswer(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers })
}

/**
 * Content with everything that HTTP has for downloads: validators (RFC 9110, 8.8.3 and 13.1), one range (14.1.2),
 * `If-Range` (13.1.5).
 */
export function contentAnswer(
  asked: Asked,
  content: Bytes,
  options: { readonly etag?: string; readonly headers?: Readonly<Record<string, string>> },
): Answer {
  const size = sizeOf(content)
  const etag = options.etag === undefined ? {} : { etag: `"${options.etag}"` }
  const headers = { 'content-type': 'application/octet-stream', ...options.headers, ...etag }
  if (options.etag !== undefined && asked.headers['if-none-match'] === `"${options.etag}"`)
    return { status: 304, headers, body: NO_BODY }
  const accepting = { ...headers, 'accept-ranges': 'bytes' }
  const range = rangeOf(asked, size, options.etag)
  if (range === 'unsatisfiable')
    return textAnswer(416, 'no such range\n', { 'content-range': `bytes */${size}` })
  if (range === undefined) {
    const whole = { ...accepting, 'content-length': String(size) }
    return { status: 200, headers: whole, body: readBytes(content, 0, size) }
  }
  const [start, end] = range
  return {
    status: 206,
    headers: {
      ...accepting,
      'content-length': String(end - start),
      'content-range': `bytes ${start}-${end - 1}/${size}`,
    },
    body: readBytes(content, start, end),
  }
}

function rangeOf(
  asked: Asked,
  size: number,
  etag: string | undefined,
): [start: number, end: number] | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(asked.headers.range ?? '')
  if (match === null || asked.method !== 'GET') return undefined
  const condition = asked.headers['if-range']
  if (condition !== undefined && condition !== `"${etag}"`) return undefined
  const [, first = '', last = ''] = match
  if (first === '' && last === '') return undefined
  if (first === '') return [Math.max(0, size - Number(last)), size]
  const end = last === '' ? size : Math.min(size, Number(last) + 1)
  return Number(first) >= end ? 'unsatisfiable' : [Number(first), end]
}
