import { mkdir, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { type Answer, type Asked, textAnswer } from '../../support/upstream/exchange.ts'
import { type Fault, type Misbehaviour, on } from '../../support/upstream/faults.ts'
import type { Upstream } from '../../support/upstream/upstream.ts'
import type { Random } from '../random.ts'
import type { Secret } from './planted.ts'

export const USER = 'robot'
const PROXY_USER = 'gate'

/** Servers that repeat what they were told, and redirects that carry a signature. */
export function faultsOf(random: Random, signature: Secret): readonly Fault[] {
  const path = random.pick([/\/manifests\//, /\/blobs\//, /^\/token$/, /^\/files\.example\//, /./])
  const nth = random.chance(0.5) ? { nthOfPath: 1 } : {}
  const status = random.pick([400, 401, 403, 404, 429, 500, 503])
  const acts: readonly (Misbehaviour | undefined)[] = [
    undefined,
    { before: (asked) => textAnswer(status, wordsOf(asked)) },
    {
      before: (asked) =>
        textAnswer(status, JSON.stringify({ errors: [{ code: 'DENIED', message: wordsOf(asked) }] }), {
          'content-type': 'application/json',
        }),
    },
    {
      before: (asked) =>
        textAnswer(401, wordsOf(asked), {
          'www-authenticate': `Bearer realm="${wordsOf(asked).replaceAll(/[^ -~]|"/g, '')}"`,
        }),
    },
    { before: (asked) => redirect(asked, signature, asked.elsewhere) },
    { before: (asked) => redirect(asked, signature, 'http://127.0.0.1:1') },
  ]
  const act = random.pick(acts)
  return act === undefined ? [] : [on({ path, ...nth }, act)]
}

function wordsOf(asked: Asked): string {
  const given = asked.headers.authorization ?? 'nothing'
  const decoded = Buffer.from(given.replace(/^\w+ /, ''), 'base64').toString()
  return `you sent ${given}, that is ${decoded}, for ${asked.path}`
}

function redirect(asked: Asked, signature: Secret, origin: string): Answer {
  const query = new URLSearchParams({ 'X-Amz-Signature': signature.value })
  return textAnswer(307, `to ?${query}`, { location: `${origin}${encodeURI(asked.path)}?${query}` })
}

export interface Given {
  /** Input files: the only place where secrets may stand. */
  readonly folder: string
  readonly config: string
  /** What the builder's environment has besides. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Writes what a user gives: docker's config (with the password, or with a credential helper), edgelift's config, and the
 * address of a proxy.
 */
export async function give(
  folder: string,
  options: {
    readonly upstream: Upstream
    readonly password: Secret
    readonly proxy: { readonly url: string; readonly password: Secret } | undefined
    readonly home: string
    readonly tmp: string
    readonly random: Random
  },
): Promise<Given> {
  const { upstream, password, proxy, home, tmp, random } = options
  await mkdir(folder, { recursive: true })
  // Addresses of loopback are never asked through a proxy, names are.
  const { host, port } = new URL(upstream.origin)
  const server = proxy === undefined ? host : `registry.test:${port}`
  const config = path.join(folder, 'config.yaml')
  // Redirects lead to another port of this machine.
  await writeFile(config, `${upstream.config.replaceAll(host, server)}  - 127.0.0.1\n`)
  const helper = random.chance(0.3)
  const login = Buffer.from(`${USER}:${password.value}`).toString('base64')
  const docker = helper ? { credHelpers: { [server]: 'planted' } } : { auths: { [server]: { auth: login } } }
  await writeFile(path.join(folder, 'config.json'), JSON.stringify(docker), { mode: 0o600 })
  const answer = JSON.stringify({ ServerURL: server, Username: USER, Secret: password.value })
  await writeFile(path.join(folder, 'answer.json'), answer, { mode: 0o600 })
  const script = `#!/bin/sh\ncat >/dev/null\ncat "$(dirname "$0")/answer.json"\n`
  await writeFile(path.join(folder, 'docker-credential-planted'), script, { mode: 0o755 })
  const throughProxy = proxy === undefined ? {} : { HTTP_PROXY: urlWith(proxy), HTTPS_PROXY: urlWith(proxy) }
  return {
    folder,
    config,
    env: {
      ...throughProxy,
      DOCKER_CONFIG: folder,
      HOME: home,
      TMPDIR: tmp,
      PATH: `${folder}:${process.env.PATH}`,
    },
  }
}

function urlWith({ url, password }: { url: string; password: Secret }): string {
  return url.replace('//', `//${PROXY_USER}:${encodeURIComponent(password.value)}@`)
}

/** A proxy for plain HTTP that asks for a password, leads every name to the upstream, and may repeat what it was told. */
export async function startProxy(
  upstream: Upstream,
  { password, echoes }: { readonly password: Secret; readonly echoes: boolean },
): Promise<AsyncDisposable & { readonly url: string }> {
  const right = `Basic ${Buffer.from(`${PROXY_USER}:${password.value}`).toString('base64')}`
  const { hostname, port } = new URL(upstream.origin)
  const server = createServer((request, response) => {
    const given = request.headers['proxy-authorization']
    if (given !== right || echoes) {
      const decoded = Buffer.from(given?.replace(/^\w+ /, '') ?? '', 'base64').toString()
      response.writeHead(given === right ? 502 : 407).end(`the proxy got ${given}: ${decoded}`)
      return
    }
    const url = new URL(request.url ?? '/', upstream.origin)
    const { 'proxy-authorization': _, ...headers } = request.headers
    const on = httpRequest(
      { hostname, port, method: request.method, path: `${url.pathname}${url.search}`, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
        answer.on('error', () => response.destroy())
      },
    )
    on.on('error', () => response.destroy())
    request.pipe(on)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
