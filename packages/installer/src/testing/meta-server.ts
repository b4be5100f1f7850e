import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What `ss` says of an EdgeCore that is connected to the hub. */
export const CONNECTED = 'ESTAB 0 0 10.77.0.2:4 10.77.0.1:10000\n\t lastack:9\n'

/** A NodeList of which nothing but the names is looked at. */
export function nodeList(...names: readonly string[]): object {
  return { items: names.map((name) => ({ metadata: { name } })) }
}

/** A metaServer that knows what a test gives it. */
export interface MetaServerTrial extends AsyncDisposable {
  /** `127.0.0.1:port` */
  readonly server: string
  /** `GET /api/v1/nodes`, in the order in which they came. */
  readonly asked: string[]
  /** What it responds for a path: an object, or undefined for 404. Paths that are not set are 404, too. */
  readonly set: (path: string, answer: object | (() => object | undefined) | undefined) => void
}

/** @param onDelete told of each path of which the deletion was asked for */
export async function metaServerTrial(onDelete: (path: string) => void = () => {}): Promise<MetaServerTrial> {
  const answers = new Map<string, object | (() => object | undefined) | undefined>()
  const asked: string[] = []
  const server = createServer(({ method, url = '' }, response) => {
    asked.push(`${method} ${url}`)
    if (method === 'DELETE') onDelete(url)
    const set = method === 'DELETE' ? {} : answers.get(url)
    const answer = typeof set === 'function' ? set() : set
    response.statusCode = answer === undefined ? 404 : 200
    response.end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    server: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    set: (path, answer) => void answers.set(path, answer),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
