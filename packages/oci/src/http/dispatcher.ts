import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { type Dispatcher, EnvHttpProxyAgent } from 'undici'

export interface DispatcherOptions {
  readonly ca: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds */
  readonly connect: number
  readonly stall: number
}

/** Never asked through a proxy, as Go's clients, Docker's among them, do it (golang.org/x/net/http/httpproxy). */
const LOOPBACK = 'localhost,127.0.0.1,[::1]'

/**
 * The connections of a transport: keep-alive, proxies from `env` (lower case wins, as in curl), own authorities
 * besides the public ones, for servers and for proxies.
 */
export function openDispatcher(options: DispatcherOptions): Dispatcher {
  const { env } = options
  const noProxy = env.no_proxy ?? env.NO_PROXY ?? ''
  const tlsOptions = { timeout: options.connect, ...trust(options.ca, env) }
  return new EnvHttpProxyAgent({
    httpProxy: env.http_proxy ?? env.HTTP_PROXY ?? '',
    httpsProxy: env.https_proxy ?? env.HTTPS_PROXY ?? '',
    noProxy: noProxy === '*' ? noProxy : `${noProxy},${LOOPBACK}`,
    // A plain request goes to the proxy as such: many refuse CONNECT to ports other than 443.
    proxyTunnel: false,
    connect: tlsOptions,
    requestTls: tlsOptions,
    proxyTls: tlsOptions,
    bodyTimeout: options.stall,
    headersTimeout: 0, // the transport's own clock covers connection and headers together
  })
}

/** `ca` replaces what Node trusts by itself, so that is named again, NODE_EXTRA_CA_CERTS included. */
function trust(ca: readonly string[], env: DispatcherOptions['env']): { ca?: string[] } {
  if (ca.length === 0) return {}
  const extra = env.NODE_EXTRA_CA_CERTS
  return { ca: [...tls.rootCertificates, ...(extra ? [readFileSync(extra, 'utf8')] : []), ...ca] }
}
