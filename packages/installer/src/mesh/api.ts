import * as http from 'node:http'
import * as https from 'node:https'
import type { MeshAccess } from './kubeconfig.ts'

const TIMEOUT = 15_000 // milliseconds without a byte, for everything but a log that is followed

/** The few calls of the API that the service makes. Each throws when the API does not respond or refuses it. */
export interface Api {
  readonly get: (path: string, accept?: string) => Promise<unknown>
  /** A merge patch (RFC 7396). An object that is gone meanwhile needs none. */
  readonly patch: (path: string, change: object) => Promise<void>
  /** Hands over each line of a text that goes on, until the server ends it or the signal aborts. */
  readonly lines: (path: string, heard: (line: string) => void, signal: AbortSignal) => Promise<void>
}

export function openApi({ server, ca, token }: MeshAccess, signal: AbortSignal): Api {
  const base = new URL(server)
  const { request, Agent } = base.protocol === 'http:' ? http : https
  const agent = new Agent({ keepAlive: true })
  const common = {
    agent,
    signal,
    ...(ca === '' ? {} : { ca: Buffer.from(ca, 'base64') }),
  }
  function call(
    path: string,
    options: http.RequestOptions,
    body?: string,
  ): Promise<{ status: number; answer: http.IncomingMessage }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        new URL(path, base),
        { ...common, ...options, headers: { authorization: `Bearer ${token}`, ...options.headers } },
        (answer) => resolve({ status: answer.statusCode ?? 0, answer }),
      )
      sent.on('socket', (socket) => socket.setKeepAlive(true, 30_000))
      sent.on('timeout', () => sent.destroy(new Error(`${base.host} does not respond`)))
      sent.on('error', reject)
      sent.end(body)
    })
  }
  return {
    async get(path, accept = 'application/json') {
      const { status, answer } = await call(path, { timeout: TIMEOUT, headers: { accept } })
      const text = await textOf(answer)
      if (status !== 200) throw refused(status, `GET ${path}`, text)
      return JSON.parse(text)
    },
    async patch(path, change) {
      const headers = { 'content-type': 'application/merge-patch+json' }
      const options = { method: 'PATCH', timeout: TIMEOUT, headers }
      const { status, answer } = await call(path, options, JSON.stringify(change))
      const text = await textOf(answer)
      if (status !== 200 && status !== 404) throw refused(status, `PATCH ${path}`, text)
    },
    async lines(path, heard, until) {
      const { status, answer } = await call(path, { signal: until })
      if (status !== 200) throw refused(status, `GET ${path}`, await textOf(answer))
      let rest = ''
      for await (const piece of answer.setEncoding('utf8')) {
        const found = `${rest}${String(piece)}`.split('\n')
        rest = found.pop() ?? ''
        for (const line of found) heard(line)
      }
    },
  }
}

async function textOf(answer: http.IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of answer) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

function refused(status: number, what: string, text: string): Error {
  return new Error(`${what}: HTTP ${status} ${text.slice(0, 300).trim()}`)
}
