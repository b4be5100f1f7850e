import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { configFor } from './config.ts'
import type { ServedFile, UpstreamContent } from './content.ts'
import { type Answer, type Asked, ConnectionEnds, contentAnswer, textAnswer } from './exchange.ts'
import { type Fault, misbehaving } from './faults.ts'
import { registryAnswer, repositoriesOf } from './registry-answers.ts'
import { type Served, type ServedLog, servedLog } from './served.ts'
import { type AuthOptions, guard } from './tokens.ts'

export interface UpstreamOptions {
  readonly content: UpstreamContent
  /** May be changed while it runs: `upstream.faults.push(on(…))`. */
  readonly faults?: readonly Fault[]
  /** Of the registry; files are for everybody. As Docker Hub asks when left out. */
  readonly auth?: AuthOptions
  /** PEM. Plain HTTP when left out. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** The internet as far as a release names it, on loopback. */
export interface Upstream extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  /** An `edgelift.config.yaml` that leads every host of the content here. */
  readonly config: string
  readonly served: Served
  readonly faults: Fault[]
  /** The second origin, to which `redirectElsewhere` leads: it holds the same and asks for no credentials. */
  readonly elsewhere: { readonly origin: string; readonly served: Served }
  /** Where a file of the content is served. */
  urlOf(internetUrl: string): string
}

/** Starts a registry and file server in this process, on a free port of 127.0.0.1. */
export async function startUpstream(options: UpstreamOptions): Promise<Upstream> {
  const { content, tls } = options
  const repositories = repositoriesOf(content.images)
  const files = new Map(content.files.map((file) => [pathOf(file.url), file]))
  const faults: Fault[] = [...(options.faults ?? [])]
  const doorkeeper = guard(options.auth ?? { kind: 'token' }, (name) => repositories.has(name))
  const answer = (asked: Asked, isGuarded: boolean): Answer => {
    if (asked.path === '/token') return doorkeeper.token(asked)
    if (asked.path === '/v2' || asked.path.startsWith('/v2/'))
      return registryAnswer(repositories, asked, isGuarded ? doorkeeper : undefined)
    return fileAnswer(asked, files.get(asked.path))
  }
  const second = await listen({ tls, served: servedLog(), answer: async (asked) => answer(asked, false) })
  const first = await listen({
    tls,
    served: servedLog(),
    elsewhere: second.origin,
    answer: misbehaving(faults, async (asked) => answer(asked, true)),
  })
  return {
    origin: first.origin,
    config: configFor(first.origin, content),
    served: first.served,
    faults,
    elsewhere: { origin: second.origin, served: second.served },
    urlOf: (internetUrl) => `${first.origin}${encodeURI(pathOf(internetUrl)).replaceAll('+', '%2B')}`,
    async [Symbol.asyncDispose]() {
      await Promise.all([first.close(), second.close()])
    },
  }
}

/** `/github.com/k3s-io/…` for `https://github.com/k3s-io/…`, decoded. */
function pathOf(url: string): string {
  const { host, pathname } = new URL(url)
  return `/${host}${decodeURIComponent(pathname)}`
}

function fileAnswer(asked: Asked, file: ServedFile | undefined): Answer {
  if (asked.method !== 'GET' && asked.method !== 'HEAD') return textAnswer(405, 'GET or HEAD\n')
  if (file === undefined) return textAnswer(404, 'Not Found\n')
  return contentAnswer(asked, file.content, file.etag === undefined ? {} : { etag: file.etag })
}

interface Listening {
  readonly origin: string
  readonly served: ServedLog
  close(): Promise<void>
}

async function listen(options: {
  readonly tls: UpstreamOptions['tls']
  readonly served: ServedLog
  readonly elsewhere?: string
  readonly answer: (asked: Asked) => Promise<Answer>
}): Promise<Listening> {
  let origin = ''
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const asked = askedOf(request, response, { origin, elsewhere: options.elsewhere ?? origin })
    options
      .answer(asked)
      .catch((error: Error) => textAnswer(500, `${error.stack}\n`))
      .then((answer) => send(asked, answer, { response, served: options.served }))
      .catch((error: Error) => response.destroy(error))
  }
  const server: Server =
    options.tls === undefined ? createServer(handle) : createTlsServer(options.tls, handle)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  origin = `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`
  return {
    origin,
    served: options.served,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function askedOf(
  request: IncomingMessage,
  response: ServerResponse,
  origins: { readonly origin: string; readonly elsewhere: string },
): Asked {
  const url = new URL(request.url ?? '/', origins.origin)
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  )
  const path = decodeURIComponent(url.pathname)
  return {
    ...origins,
    method: request.method ?? 'GET',
    path,
    query: url.searchParams,
    headers,
    signal: gone.signal,
  }
}

async function send(
  asked: Asked,
  answer: Answer,
  to: { readonly response: ServerResponse; readonly served: ServedLog },
): Promise<void> {
  const { response, served } = to
  const entry = served.add({
    method: asked.method,
    path: asked.path,
    status: answer.status,
    bytes: 0,
    range: asked.headers.range,
    authorized: asked.headers.authorization !== undefined,
  })
  try {
    if (answer.raw) {
      for await (const chunk of answer.body) {
        if (asked.signal.aborted) return
        entry.bytes += chunk.length
        response.socket?.write(chunk)
      }
      response.socket?.end()
      return
    }
    if (answer.status !== 0) response.writeHead(answer.status, answer.headers)
    if (asked.method !== 'HEAD') {
      for await (const chunk of answer.body) {
        if (asked.signal.aborted) return
        entry.bytes += chunk.length
        await new Promise((resolve) => response.write(chunk, resolve))
      }
    }
    response.end()
  } catch (error) {
    if (!(error instanceof ConnectionEnds)) throw error
    if (error.how === 'reset') response.socket?.resetAndDestroy()
    else response.socket?.end()
  }
}
