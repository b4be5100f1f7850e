import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import type { buildConnector as Connecting, Dispatcher } from 'undici'
import { basicAuthorization } from './basic-authorization.ts'
import { guardedConnector } from './guarded-connector.ts'
import { proxiesOf } from './proxy.ts'
import { markProxyError } from './proxy-errors.ts'
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
  /**
   * The host of the proxy that a request without a response waits for: its tunnel is not open yet, or it passes the request on
   * itself. Undefined where it waits for the server.
   */
  awaitedProxy(url: string): string | undefined
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
  const limits = {
    bodyTimeout: options.stall,
    maxHeaderSize: HEADERS_LIMIT,
    headersTimeout: 0, // the transport's own clock covers connection and headers together
  }
  const factory = (origin: string | URL, from: object): Dispatcher =>
    guardedPool(origin, { ...from, ...limits })
  const direct = new Agent({ factory, connect: buildConnector(tlsOptions) })
  const proxies = proxiesOf(env)
  const opening = new Set<Tunnel>()
  const agents = new Map<string, ProxyAgent>()
  const through = (uri: string): ProxyAgent => {
    const known = agents.get(uri)
    if (known !== undefined) return known
    // A plain request goes to the proxy as such: many refuse CONNECT to ports other than 443.
    const { host } = new URL(uri)
    const agent = new ProxyAgent({
      // Plain requests go to the proxy as if it were the server.
      factory: (origin, from) =>
        String(origin) === uri ? proxyPool(host, origin, { ...from, ...limits }) : factory(origin, from),
      clientFactory: (origin, from) => tunnelPool({ host, opening }, origin, from),
      uri,
      ...tokenOf(uri),
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
    awaitedProxy(url) {
      const target = new URL(url)
      const proxy = proxies.proxyFor(target)
      if (proxy === undefined) return undefined
      const { protocol, host } = new URL(proxy)
      const isPassedOn = target.protocol === 'http:' && protocol === 'http:'
      return isPassedOn || [...opening].some(({ to }) => to === authorityOf(target)) ? host : undefined
    },
    async destroy() {
      await Promise.all([direct, ...agents.values()].map((agent) => agent.destroy()))
    },
  }
}

function guardedPool(origin: string | URL, from: object): Dispatcher {
  return new Pool(origin, { ...from, connect: guardedConnector(connectorOf(from)) })
}

/** Connections to a proxy: one that fails is the proxy's fault. */
function proxyPool(host: string, origin: string | URL, from: object): Dispatcher {
  const connect = connectorOf(from)
  return guardedPool(origin, {
    ...from,
    connect: ((target, done) =>
      connect(target, (...result) => {
        markProxyError(result[0], host)
        done(...result)
      })) satisfies Connecting.connector,
  })
}

/** A tunnel that a proxy was asked for. */
interface Tunnel {
  /** `host:port` */
  readonly to: string
}

function authorityOf({ host, port, protocol }: URL): string {
  return port === '' ? `${host}:${protocol === 'https:' ? 443 : 80}` : host
}

/** The same for tunnels: whatever happens before one is there is the proxy's fault. */
function tunnelPool(
  { host, opening }: { readonly host: string; readonly opening: Set<Tunnel> },
  origin: string | URL,
  from: object,
): Dispatcher {
  const pool = guardedPool(origin, from)
  const connect = pool.connect.bind(pool) as (options: ConnectOptions) => Promise<Dispatcher.ConnectData>
  const marked = async (options: ConnectOptions): Promise<Dispatcher.ConnectData> => {
    const tunnel = { to: options.path }
    opening.add(tunnel)
    try {
      return await connect(options)
    } catch (error) {
      markProxyError(error, host)
      throw error
    } finally {
      opening.delete(tunnel)
    }
  }
  return Object.assign(pool, { connect: marked })
}

/** What a ProxyAgent asks for: the path of a CONNECT is `host:port`. */
interface ConnectOptions {
  readonly path: string
}

function connectorOf(from: object): Connecting.connector {
  return (from as { connect: Connecting.connector }).connect
}

/** A user without a password logs in too (RFC 7617, 2), which undici leaves out. */
function tokenOf(uri: string): { token?: string } {
  const { username, password } = new URL(uri)
  if (username === '' || password !== '') return {}
  return { token: basicAuthorization({ username: decodeURIComponent(username), password }) }
}

/**
 * `ca` replaces what Node trusts by itself, so that is named again, NODE_EXTRA_CA_CERTS included. One context serves all
 * connections: Node would parse the whole list for each.
 */
function trust(ca: readonly string[], env: DispatcherOptions['env']): { secureContext?: tls.SecureContext } {
  if (ca.length === 0) return {}
  const all = [...tls.rootCertificates, ...extra(env.NODE_EXTRA_CA_CERTS), ...ca]
  return { secureContext: tls.createSecureContext({ ca: all }) }
}

/** None where the file cannot be read: Node goes on without it too, with a warning. */
function extra(file: string | undefined): string[] {
  try {
    return file ? [readFileSync(file, 'utf8')] : []
  } catch {
    return []
  }
}
