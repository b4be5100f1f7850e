import type { buildConnector } from 'undici'

/**
 * A connector of undici whose sockets survive undici's own assertions. undici 7.30 asserts in a socket's `end` event that its
 * parser is not paused, which a server that ends a response early while the reader is slow makes untrue: without this, one
 * server could end the process. The connection fails instead, and the transfer tries again.
 */
export function guardedConnector(connect: buildConnector.connector): buildConnector.connector {
  return (target, done) =>
    connect(target, (...result) => {
      // undici leaves it out of a failure, whatever its types say.
      const socket: Guarded | null | undefined = result[1]
      if (socket) guard(socket)
      done(...result)
    })
}

type Guarded = NonNullable<Parameters<buildConnector.Callback>[1]>

function guard(socket: Guarded): void {
  const emit = socket.emit.bind(socket)
  socket.emit = (event: string | symbol, ...values: unknown[]): boolean => {
    try {
      return (emit as (event: string | symbol, ...values: unknown[]) => boolean)(event, ...values)
    } catch (error) {
      if (!isAssertion(error)) throw error
      socket.destroy(error)
      return true
    }
  }
}

function isAssertion(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === 'ERR_ASSERTION'
}
