/** Errors of connections to proxies, and the proxy's host. undici hands them on as if they came from the server behind. */
const proxies = new WeakMap<Error, string>()

/** Notes that an error came from the connection to a proxy, not from the server that was asked for. */
export function markProxyError(error: unknown, proxy: string): void {
  if (error instanceof Error) proxies.set(error, proxy)
}

/** The host of the proxy that an error, or what caused it, came from; undefined for errors of the server itself. */
export function proxyOfError(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  return proxies.get(error) ?? proxyOfError(error.cause)
}
