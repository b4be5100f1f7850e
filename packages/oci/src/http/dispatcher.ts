import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import type { buildConnector as Connecting, Dispatcher } from 'undici'
import { guardedConnector } from './guarded-connector.ts'
import { proxiesOf } from './proxy.ts'
import { Agent, buildConnector, Pool, ProxyAgent } from './undici.ts'

export interface DispatcherOptions {
  readonly ca: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds */
  readonly connect: number
  readonly stall: number
}

/** The connections of a transport. */
export interface Connections {
  /** Those for a request: direct ones, or through a proxy. */
  for(url: string): Dispatcher
  destroy(): Promise<void>
}

/** Bytes of all headers of a response, as curl takes them. Node's 16 KiB are less than some single sign-on servers send. */
const HEADERS_LIMIT = 300 * 1024

/**
 * Keep-alive connections, proxies from `env`, own authorities besides the public ones, for servers and for proxies.
 * @throws PROXY_INVALID
 */
export function openConnections(options: DispatcherOptions): Connections {
  const { env } = options
  const tlsOptions = { timeout: options.connect, ...trust(options.ca, env) }
  // For direct connections and those through a proxy: limits that a ProxyAgent is given reach only what it tunnels.
  const factory = (origin: string | URL, from: object): Dispatcher =>
    guardedPool(origin, {
      ...from,
      bodyTimeout: options.stall,
      maxHeaderSize: HEADERS_LIMIT,
      headersTimeout: 0, // the transport's own clock covers connection and headers together
    })
  const direct = new Agent({ factory, connect: buildConnector(tlsOptions) })
  const proxies = proxiesOf(env)
  const agents = new Map<string, ProxyAgent>()
  const through = (uri: string): ProxyAgent => {
    const known = agents.get(uri)
    if (known !== undefined) return known
    // A plain request goes to the proxy as such: many refuse CONNECT to ports other than 443.
    const agent = new ProxyAgent({
      factory,
      clientFactory: guardedPool, // to the proxy itself
      uri,
      proxyTunnel: false,
      requestTls: tlsOptions,
      proxyTls: tlsOptions,
    })
    agents.set(uri, agent)
    return agent
  }
  return {
    for(url) {
      const proxy = proxies.proxyFor(new URL(url))
      return proxy === undefined ? direct : through(proxy)
    },
    async destroy() {
      await Promise.all([direct, ...agents.values()].map((agent) => agent.destroy()))
    },
  }
}

function guardedPool(origin: string | URL, from: object): Dispatcher {
  return new Pool(origin, {
    ...from,
    connect: guardedConnector((from as { connect: Connecting.connector }).connect),
  })
}

/**
 * `ca` replaces what Node trusts by itself, so that is named again, NODE_EXTRA_CA_CERTS included. One context serves all
 * connections: Node would parse the whole list for each.
 */
function trust(ca: readonly string[], env: DispatcherOptions['env']): { secureContext?: tls.SecureContext } {
  if (ca.length === 0) return {}
  const extra = env.NODE_EXTRA_CA_CERTS
  const all = [...tls.rootCertificates, ...(extra ? [readFileSync(extra, 'utf8')] : []), ...ca]
  return { secureContext: tls.createSecureContext({ ca: all }) }
}
