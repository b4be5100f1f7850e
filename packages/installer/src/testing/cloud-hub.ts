import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer, type Server } from 'node:net'
import { HTTPS_AFTER_HUB } from '../settings/edge.ts'
import type { Pair } from './certificate.ts'

/** A CloudHub on this machine's loopback: a port that takes connections, and its HTTPS server. */
export interface CloudHubTrial extends AsyncDisposable {
  readonly hubPort: number
}

const TRIES = 50

/** @param pair of its HTTPS server; @param answer what that does with each request */
export async function cloudHubTrial(pair: Pair, answer: RequestListener): Promise<CloudHubTrial> {
  const hub = createServer((socket) => socket.on('error', () => {}))
  const https = createHttpsServer({ cert: pair.certificate, key: pair.key }, answer)
  const hubPort = await listenApart(hub, https)
  return {
    hubPort,
    async [Symbol.asyncDispose]() {
      https.closeAllConnections()
      await Promise.all([hub, https].map((server) => new Promise((done) => server.close(done))))
    },
  }
}

/** The two ports have to be as far apart as CloudCore's. */
async function listenApart(hub: Server, https: Server): Promise<number> {
  for (let tried = 0; tried < TRIES; tried += 1) {
    const port = 20_000 + Math.floor(Math.random() * 10_000)
    if (!(await listens(hub, port))) continue
    if (await listens(https, port + HTTPS_AFTER_HUB)) return port
    await new Promise((done) => hub.close(done))
  }
  throw new Error('no two free ports')
}

function listens(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => resolve(true))
  })
}
