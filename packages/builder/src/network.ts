import type { Report } from '@edgelift/core'
import {
  basicAuthorization,
  type Credentials,
  dockerCredentials,
  openRegistry,
  openTransport,
  type RegistryClient,
  type Transport,
} from '@edgelift/oci'
import { type LoadedConfig, loginFor, rewriteUrl } from './config.ts'

/** The way to the world, opened once per command: one transport for registries and files. */
export interface Network extends AsyncDisposable {
  readonly transport: Transport
  readonly registry: RegistryClient
  /** Where a URL of the release is really asked for (`rewrites`). */
  locate(url: string): string
  /** Transfers at once. */
  readonly concurrency: number
}

export interface NetworkOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly report: Report
  readonly signal: AbortSignal
  /** Docker's own, when left out. Those that a mirror has in the configuration come first. */
  readonly credentials?: Credentials
}

export function openNetwork(config: LoadedConfig, options: NetworkOptions): Network {
  const { env, report, signal } = options
  const shared = { env, report, signal, ca: config.ca, plainHttp: config.plainHttp }
  const paced = config.bytesPerSecond === undefined ? {} : { bytesPerSecond: config.bytesPerSecond }
  const transport = openTransport({ ...shared, ...paced })
  const others = options.credentials ?? dockerCredentials({ env })
  const registry = openRegistry({
    ...shared,
    ...paced,
    transport,
    mirrors: config.mirrors,
    mirrorsOnly: config.mirrorsOnly,
    credentials: async (host) => {
      const login = config.mirrorLogins[host]
      return login === undefined ? others(host) : { kind: 'basic', ...login }
    },
  })
  return {
    transport: {
      ...transport,
      request(request) {
        const login = loginFor(request.url, config.fileLogins)
        const authorization = login === undefined ? undefined : basicAuthorization(login)
        return transport.request({ ...request, authorization: request.authorization ?? authorization })
      },
    },
    registry,
    locate: (url) => rewriteUrl(url, config.rewrites),
    concurrency: config.concurrency,
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]()
      await transport[Symbol.asyncDispose]()
    },
  }
}
