import { type AddressInfo, createServer, type Socket } from 'node:net'

/** A server of plain TCP, which may answer what no HTTP library would. */
export interface RawServer extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string
  /** `http://127.0.0.1:PORT` */
  readonly url: string
  /** Connections so far. */
  connections(): number
}

/** @param respond is called with each request's head, once per request */
export async function startRawServer(respond: (socket: Socket, head: string) => void): Promise<RawServer> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    count++
    sockets.add(socket)
    let head = ''
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      head += chunk.toString('latin1')
      if (!head.includes('\r\n\r\n')) return
      const request = head
      head = ''
      respond(socket, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    connections: () => count,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Sends `head`, then one byte of `body` each `every` milliseconds, again and again, until the other side has enough. */
export function drip(
  socket: Socket,
  head: string,
  { every, body = 'x' }: { every: number; body?: string },
): void {
  socket.write(head)
  let at = 0
  const timer = setInterval(() => socket.write(body[at++ % body.length] ?? ''), every)
  socket.on('close', () => clearInterval(timer))
}
