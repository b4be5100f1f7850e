import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import { beginningOf, type Report, silent } from '@edgelift/core'
import type { Dispatcher } from 'undici'
import { fail } from '../codes.ts'
import { type Connections, openConnections } from './dispatcher.ts'
import { redact, redactUrl } from './redact.ts'
import { CHECK_SERVER, exchangeError, interrupted, ofProxy, RetryableError } from './retryable-error.ts'
import { throttle } from './throttle.ts'
import { rememberSignature, rememberUserinfo } from './url-secrets.ts'

/** Limits of one transfer; milliseconds unless said otherwise. */
export interface Timeouts {
  /** Until a connection stands, TLS included. */
  readonly connect: number
  /** Until the response's headers are there, the connection included. */
  readonly headers: number
  /** The longest silence in the middle of a body. */
  readonly stall: number
  /** Until a small document (a manifest, a token, an error's words) is there as a whole. */
  readonly document: number
  /** Bytes per second that a transfer must bring over each `stall`, as curl's `--speed-limit` and `--speed-time`. */
  readonly minRate: number
  /** How many attempts in a row may bring no byte. */
  readonly attempts: number
  /** How long no byte may come, over all attempts. */
  readonly patience: number
  /** How long a transfer may take, whatever its progress. */
  readonly total: number
  /** The first pause between attempts; it doubles each time. */
  readonly backoff: number
  /** The longest pause of our own choice; a server's `Retry-After` may ask for more. */
  readonly maxBackoff: number
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  connect: 15_000,
  headers: 60_000,
  stall: 60_000,
  document: 120_000,
  minRate: 1024,
  attempts: 8,
  patience: 600_000,
  total: 6 * 3_600_000,
  backoff: 500,
  maxBackoff: 30_000,
}

export interface TransportOptions {
  /** Hosts (`host`, any port, or `host:port`) that are spoken to in plain HTTP. No other host ever is. */
  readonly plainHttp?: readonly string[]
  /** Certificates of authorities (PEM) that are trusted besides the public ones. */
  readonly ca?: readonly string[]
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` in either case, `NODE_EXTRA_CA_CERTS`. No proxy when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly timeouts?: Partial<Timeouts>
  readonly report?: Report
  /** Over all transfers together. */
  readonly bytesPerSecond?: number
  readonly signal?: AbortSignal
}

export interface Request {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** Sent to the origin of `url` only, never to one that a redirect leads to. */
  readonly authorization?: string | undefined
  readonly body?: string
}

export interface Response {
  readonly status: number
  /** Names in lower case; a header that came several times is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  /** Has to be read to the end or destroyed. Its errors are those of the network. */
  readonly body: Readable
  /** Where the response came from, after redirects. May hold a signature: never shown unredacted. */
  readonly url: string
}

/** The way to all servers: connections, redirects, limits of time and bandwidth. It never tries twice. */
export interface Transport extends AsyncDisposable {
  readonly timeouts: Timeouts
  readonly report: Report
  readonly signal: AbortSignal | undefined
  /** Whether `host[:port]` is named for plain HTTP. */
  isPlainHttp(host: string): boolean
  /** Waits until `bytes` more fit into the bandwidth. */
  pace(bytes: number): Promise<void>
  /**
   * One exchange, redirects of a GET followed. Any status is a response.
   * @throws RetryableError when trying again may help; PLAIN_HTTP_REFUSED, TLS_UNTRUSTED, SOURCE_REFUSED, INTERRUPTED
   */
  request(request: Request): Promise<Response>
}

const REDIRECTS = [301, 302, 303, 307, 308]
const REDIRECT_BODY = 5_000 // milliseconds
const MAX_REDIRECTS = 10 // as Go's clients allow

export function openTransport(options: TransportOptions = {}): Transport {
  const timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts }
  const plain = (options.plainHttp ?? []).map((host) => host.toLowerCase())
  const connections = openConnections({
    ca: options.ca ?? [],
    env: options.env ?? {},
    connect: timeouts.connect,
    stall: timeouts.stall,
  })
  const isPlainHttp = (host: string): boolean =>
    plain.includes(host.toLowerCase()) || plain.includes(host.toLowerCase().replace(/:\d+$/, ''))
  const wire: Wire = { connections, timeouts, signal: options.signal, isPlainHttp }
  return {
    timeouts,
    report: options.report ?? silent,
    signal: options.signal,
    isPlainHttp,
    pace: throttle(options.bytesPerSecond, options.signal),
    request: (request) => follow(wire, request),
    [Symbol.asyncDispose]: () => connections.destroy(),
  }
}

interface Wire {
  readonly connections: Connections
  readonly timeouts: Timeouts
  readonly signal: AbortSignal | undefined
  readonly isPlainHttp: (host: string) => boolean
}

async function follow(wire: Wire, request: Request): Promise<Response> {
  let next = request
  let from: string | undefined
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    checkScheme(wire, next.url, from)
    const response = await exchange(wire, next)
    const { location } = response.headers
    if (next.method === 'POST' || location === undefined || !REDIRECTS.includes(response.status))
      return response
    // Read, so that the connection can be used again; a body that drips is not worth waiting for.
    const patience = AbortSignal.timeout(Math.min(REDIRECT_BODY, wire.timeouts.document))
    await response.body.dump({ limit: 65_536, signal: patience }).catch(() => response.body.destroy())
    from = next.url
    next = redirected(next, location)
  }
  throw fail('SOURCE_REFUSED', {
    what: {
      en: `${redactUrl(request.url)}: redirects without end`,
      zh: `${redactUrl(request.url)}：重定向过多`,
    },
    because: {
      en: `more than ${MAX_REDIRECTS} in a row, the last from ${redactUrl(from ?? request.url)}`,
      zh: `连续超过 ${MAX_REDIRECTS} 次，最后一次来自 ${redactUrl(from ?? request.url)}`,
    },
    fix: CHECK_SERVER,
  })
}

/** The request at the new place. Credentials stay behind with the first change of scheme, host or port. */
function redirected(request: Request, header: string): Request {
  const location = inUtf8(header)
  if (!URL.canParse(location, request.url)) {
    const shown = beginningOf(redact(location), 200)
    throw new RetryableError({
      en: `a redirect to something that is no URL: "${shown}"`,
      zh: `重定向目标不是 URL："${shown}"`,
    })
  }
  const target = new URL(location, request.url)
  const same = target.origin === new URL(request.url).origin
  return { ...request, url: target.href, authorization: same ? request.authorization : undefined }
}

/** A URL with characters beyond ASCII as servers send it: in UTF-8. undici gives each byte of a header as a character. */
function inUtf8(header: string): string {
  const bytes = Buffer.from(header, 'latin1')
  return isUtf8(bytes) ? bytes.toString('utf8') : header
}

async function exchange(
  wire: Wire,
  request: Request,
): Promise<Response & { body: Dispatcher.ResponseData['body'] }> {
  const url = new URL(request.url)
  rememberUserinfo(url)
  rememberSignature(url)
  if (wire.signal?.aborted) throw interrupted(request.url)
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), wire.timeouts.headers)
  const signal = wire.signal === undefined ? late.signal : AbortSignal.any([wire.signal, late.signal])
  try {
    const pending = wire.connections.for(request.url).request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method ?? 'GET',
      headers: {
        'user-agent': 'edgelift',
        'accept-encoding': 'identity', // lengths, ranges and digests are over the bytes themselves
        ...request.headers,
        ...(request.authorization === undefined ? {} : { authorization: request.authorization }),
      },
      body: request.body ?? null,
      signal,
    })
    const { statusCode, headers, body } = await until(signal, pending)
    body.on('error', () => {}) // a body that is given up half read must not end the process
    return { status: statusCode, headers: joined(headers), body, url: request.url }
  } catch (error) {
    if (late.signal.aborted && !wire.signal?.aborted) throw noAnswer(wire, request.url)
    throw exchangeError(error, request.url, wire.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** A response, unless the signal comes first: undici looks at it only once a connection stands, tunnel of a proxy included. */
function until(
  signal: AbortSignal,
  pending: Promise<Dispatcher.ResponseData>,
): Promise<Dispatcher.ResponseData> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function noAnswer({ connections, timeouts }: Wire, url: string): RetryableError {
  const seconds = timeouts.headers / 1000
  const words = { en: `no response within ${seconds} s`, zh: `${seconds} 秒内无响应` }
  return new RetryableError(ofProxy(words, connections.awaitedProxy(url)))
}

/** @param from the URL that redirected to `text` */
function checkScheme(wire: Wire, text: string, from: string | undefined): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && wire.isPlainHttp(url.host))) return
  if (url?.protocol === 'http:') {
    throw fail('PLAIN_HTTP_REFUSED', {
      what: {
        en: `${redactUrl(text)}: plain HTTP is not allowed`,
        zh: `${redactUrl(text)}：不允许明文 HTTP`,
      },
      because: {
        en: `${url.host} is not among the plain-HTTP hosts${from === undefined ? '' : `; ${redactUrl(from)} redirects to it`}`,
        zh: `${url.host} 不在明文 HTTP 主机列表中${from === undefined ? '' : `；由 ${redactUrl(from)} 重定向而来`}`,
      },
      fix: {
        en: 'use https, or name the host among the plain-HTTP hosts of edgelift.config.yaml',
        zh: '请使用 https，或将该主机写入 edgelift.config.yaml 的明文 HTTP 主机列表',
      },
    })
  }
  throw fail('SOURCE_REFUSED', {
    what: {
      en: `${redactUrl(text)}: not an http or https URL`,
      zh: `${redactUrl(text)}：不是 http 或 https 地址`,
    },
    ...(from === undefined
      ? {}
      : {
          because: { en: `${redactUrl(from)} redirects to it`, zh: `由 ${redactUrl(from)} 重定向而来` },
          fix: CHECK_SERVER,
        }),
  })
}

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const result: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    // A proxy may add a header that is there already: the same value twice is that value (RFC 9110, 5.3).
    if (value !== undefined) result[name] = Array.isArray(value) ? [...new Set(value)].join(', ') : value
  }
  return result
}
