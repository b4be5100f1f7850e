import { isIP } from 'node:net'
import type { buildConnector } from 'undici'

/**
 * A connector of undici whose sockets survive undici's own assertions. undici 7.30 asserts in a socket's `end` event that its
 * parser is not paused, which a server that ends a response early while the reader is slow makes untrue: without this, one
 * server could end the process. The connection fails instead, and the transfer tries again.
 */
export function guardedConnector(connect: buildConnector.connector): buildConnector.connector {
  return (target, done) =>
    connect(withoutAddressAsName(target), (...result) => {
      // undici leaves it out of a failure, whatever its types say.
      const [error, socket]: readonly [Error | null, (Guarded | null)?] = result
      if (socket) guard(socket)
      if (isCode(error, 'UND_ERR_SOCKET')) done(closedByProxy(error), null)
      else done(...result)
    })
}

/** TLS names no addresses (RFC 6066, 3), and Node prints a warning about it; undici names that of an HTTPS proxy. */
function withoutAddressAsName(target: buildConnector.Options): buildConnector.Options {
  const { servername, ...rest } = target
  // It is null where there is none, whatever undici's types say.
  return isIP(servername?.replace(/^\[|\]$/g, '') ?? '') !== 0 ? rest : target
}

/**
 * undici connects again and again, without a pause and without an end, after a connection that fails with its own code for a
 * socket that was closed: a proxy that closes it in place of an answer to CONNECT gives this.
 */
function closedByProxy(cause: Error): Error {
  return Object.assign(new Error(cause.message, { cause }), { code: 'PROXY_CLOSED' })
}

type Guarded = NonNullable<Parameters<buildConnector.Callback>[1]>

function guard(socket: Guarded): void {
  const emit = socket.emit.bind(socket)
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    try {
      return (emit as (event: string | symbol, ...values: unknown[]) => boolean)(event, ...values)
    } catch (error) {
      if (!isCode(error, 'ERR_ASSERTION')) throw error
      socket.destroy(error)
      return true
    }
  }
}

function isCode(error: unknown, code: string): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === code
}
