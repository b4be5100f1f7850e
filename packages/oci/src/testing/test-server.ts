import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** A server on loopback that remembers what it was asked. */
export interface TestServer extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  readonly requests: {
    readonly method: string
    readonly path: string
    readonly headers: IncomingMessage['headers']
  }[]
  /** The paths asked for, in order. */
  paths(): string[]
}

/** @param tls key and certificate (PEM) for a server that speaks TLS */
export async function startServer(
  handler: Handler,
  tls?: { key: string; cert: string },
): Promise<TestServer> {
  const requests: TestServer['requests'] = []
  const listener: RequestListener = (request, response) => {
    requests.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers })
    Promise.resolve(handler(request, response)).catch((error: unknown) => response.destroy(error as Error))
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${port}`,
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests,
    paths: () => requests.map(({ path }) => path),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface ServeOptions {
  /** The connection is cut after this many bytes of the body. */
  readonly cutAfter?: number
  readonly etag?: string
  readonly ignoreRange?: boolean
  readonly headers?: Readonly<Record<string, string>>
}

/** Serves bytes as a file server does, ranges included. */
export function serveBytes(
  request: IncomingMessage,
  response: ServerResponse,
  { bytes, ...options }: ServeOptions & { readonly bytes: Uint8Array },
): void {
  const match = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
  const stale = request.headers['if-range'] !== undefined && request.headers['if-range'] !== options.etag
  const from = match === null || stale || options.ignoreRange ? 0 : Number(match[1])
  if (from > 0 && from >= bytes.length) {
    response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
    return
  }
  const part = bytes.subarray(from)
  response.writeHead(from > 0 ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': part.length,
    ...(options.etag === undefined ? {} : { etag: options.etag }),
    ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}),
    ...options.headers,
  })
  const cut = () => response.destroy()
  if (options.cutAfter === undefined || options.cutAfter >= part.length) response.end(part)
  else if (options.cutAfter > 0) response.write(part.subarray(0, options.cutAfter), cut)
  else {
    response.flushHeaders()
    setImmediate(cut)
  }
}
