import type { Readable } from 'node:stream'
import { type Report, silent } from '@edgelift/core'

/** Limits of time, in milliseconds unless said otherwise. */
export interface Timeouts {
  /** Until a connection stands, TLS included. */
  readonly connect: number
  /** Until the answer's headers are there. */
  readonly headers: number
  /** The longest silence in the middle of a body. */
  readonly stall: number
  /** Attempts in a row that bring no byte, until a transfer is given up. */
  readonly attempts: number
  /** Time in which no byte came, over all attempts, until a transfer is given up. */
  readonly patience: number
  /** The longest that one transfer may take, whatever its progress. */
  readonly total: number
  /** The first pause between attempts; it doubles each time. */
  readonly backoff: number
  /** The longest pause that is chosen here; a server's `Retry-After` may ask for more. */
  readonly maxBackoff: number
}

export interface TransportOptions {
  /** Hosts, `host` or `host:port`, that are spoken to in plain HTTP. No other host ever is. */
  readonly plainHttp?: readonly string[]
  /** Certificates of authorities (PEM) that are trusted besides the public ones. */
  readonly ca?: readonly string[]
  /** `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY` in both cases, and `NODE_EXTRA_CA_CERTS`. No proxy when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly timeouts?: Partial<Timeouts>
  readonly report?: Report
  /** Over all transfers together. */
  readonly bytesPerSecond?: number
  readonly signal?: AbortSignal
}

export interface Ask {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** Sent to the origin of `url` only, never to one that a redirect leads to. */
  readonly authorization?: string | undefined
  readonly body?: string
}

export interface Answer {
  readonly status: number
  /** Names in lower case; a header that came several times is joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable
  /** Where the answer came from after redirects. May hold a signature: never show it unredacted. */
  readonly url: string
}

export interface Transport extends AsyncDisposable {
  readonly timeouts: Timeouts
  readonly report: Report
  readonly signal: AbortSignal | undefined
  /** Whether `host[:port]` is named for plain HTTP. */
  isPlainHttp(host: string): boolean
  /** Waits until `bytes` more fit into the bandwidth. */
  pace(bytes: number): Promise<void>
  /** One exchange, redirects followed. Any status is an answer. */
  request(ask: Ask): Promise<Answer>
}

export function openTransport(options: TransportOptions = {}): Transport {
  throw new Error(`not yet ${String((options.report ?? silent).length)}`)
}
