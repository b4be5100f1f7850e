import { EdgeliftError, type ErrorCode, type Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import { hostTrouble, OneOfSeveral } from './host-trouble.ts'
import { RetryableError } from './retryable-error.ts'

/** A place that can be asked for a registry's content: the registry itself, or a mirror of it. */
export interface Endpoint {
  /** `host[:port]`: what credentials are looked up by, and how errors name it. */
  readonly registry: string
  /** `https://host/v2/`, with what a mirror wants before the repository. */
  readonly api: string
  /** That part alone: `proxy/`, or nothing. Token scopes name it too. */
  readonly prefix: string
}

export interface EndpointOptions {
  readonly mirrors: Readonly<Record<string, readonly string[]>>
  readonly mirrorsOnly: boolean
  readonly isPlainHttp: (host: string) => boolean
}

/** Docker Hub's images are named docker.io and served from here (distribution/reference and moby, registry/config.go). */
const HUB_HOST = 'registry-1.docker.io'

/** The mirrors of a registry in their order, then the registry itself. */
export function endpointsOf(registry: string, options: EndpointOptions): Endpoint[] {
  const { mirrors, mirrorsOnly, isPlainHttp } = options
  const named = (mirrors[registry] ?? []).map((mirror) => mirrorEndpoint(mirror, isPlainHttp))
  if (mirrorsOnly && named.length > 0) return named
  const host = registry === 'docker.io' ? HUB_HOST : registry
  return [...named, { registry, api: `${schemeOf(host, isPlainHttp)}://${host}/v2/`, prefix: '' }]
}

/**
 * A mirror is `host[:port]` or a URL. Its path goes before the repository (`https://harbor.example/hub` serves
 * `/v2/hub/library/busybox/…`), unless it says itself where `/v2` stands (`https://nexus.example/docker/v2`).
 */
function mirrorEndpoint(mirror: string, isPlainHttp: EndpointOptions['isPlainHttp']): Endpoint {
  const host = mirror.split('/', 1)[0] ?? ''
  const text = mirror.includes('://') ? mirror : `${schemeOf(host, isPlainHttp)}://${mirror}`
  if (!URL.canParse(text)) {
    throw fail('SOURCE_REFUSED', {
      what: { en: `"${mirror}" is not a registry mirror`, zh: `"${mirror}" 不是有效的镜像站` },
      fix: {
        en: 'write it as host[:port] or https://host/path',
        zh: '请写成 主机[:端口] 或 https://主机/路径',
      },
    })
  }
  const url = new URL(text)
  const path = url.pathname.replaceAll(/^\/+|\/+$/g, '')
  const parts = path === '' ? [] : path.split('/')
  const v2 = parts.indexOf('v2')
  const root = v2 === -1 ? ['v2'] : parts.slice(0, v2 + 1)
  const prefix = parts.slice(v2 + 1).map((part) => `${part}/`)
  return {
    registry: url.host,
    api: `${url.origin}/${root.join('/')}/${prefix.join('')}`,
    prefix: prefix.join(''),
  }
}

function schemeOf(host: string, isPlainHttp: EndpointOptions['isPlainHttp']): 'http' | 'https' {
  return isPlainHttp(host) ? 'http' : 'https'
}

const REST = 60_000 // milliseconds in which a mirror that failed is left alone

/** What another endpoint may do better. Everything else (a full disk, a signal) ends the search. */
const ANOTHER_MAY_HAVE_IT: readonly ErrorCode[] = [
  'REGISTRY_UNAUTHORIZED',
  'REGISTRY_NOT_FOUND',
  'REGISTRY_ANSWER_INVALID',
  'TRANSFER_FAILED',
  'TLS_UNTRUSTED',
  'SOURCE_REFUSED',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
]
const MIRROR_ATTEMPTS = 2 // there is another place to ask

/** Asks endpoints in turn; remembers for a minute which mirrors did not respond. */
export function openSearch(): <T>(
  endpoints: readonly Endpoint[],
  ask: (endpoint: Endpoint, attempts: number | undefined) => Promise<T>,
) => Promise<T> {
  const resting = new Map<string, { until: number; error: EdgeliftError }>()
  return async (endpoints, ask) => {
    const failures: { endpoint: Endpoint; error: EdgeliftError }[] = []
    for (const [number, endpoint] of endpoints.entries()) {
      const last = number === endpoints.length - 1
      const rest = resting.get(endpoint.api)
      if (!last && rest !== undefined && performance.now() < rest.until) {
        failures.push({ endpoint, error: rest.error })
        continue
      }
      try {
        return await ask(endpoint, last ? undefined : MIRROR_ATTEMPTS)
      } catch (error) {
        if (!(error instanceof EdgeliftError) || !ANOTHER_MAY_HAVE_IT.includes(error.code)) throw error
        if (error.cause instanceof RetryableError)
          resting.set(endpoint.api, { until: performance.now() + REST, error })
        if (last) throw withMirrors(error, failures)
        failures.push({ endpoint, error })
      }
    }
    throw new Error('a registry without endpoints')
  }
}

/** The origin's error, which also says how the mirrors failed before it. */
function withMirrors(
  error: EdgeliftError,
  failures: readonly { endpoint: Endpoint; error: EdgeliftError }[],
): EdgeliftError {
  if (failures.length === 0) return error
  const told = (lang: keyof Text): string =>
    [
      error.because?.[lang] ?? '',
      ...failures.map((failure) => {
        const { code, what, because } = failure.error
        return lang === 'en'
          ? `mirror ${failure.endpoint.registry} before it: ${code}: ${because?.en ?? what.en}`
          : `此前镜像站 ${failure.endpoint.registry}：${code}：${because?.zh ?? what.zh}`
      }),
    ]
      .filter(Boolean)
      .join('; ')
  const isWhole = failures.every((failure) => hostTrouble(failure.error) !== undefined)
  return new EdgeliftError(
    error.code,
    error.exit,
    {
      what: error.what,
      because: { en: told('en'), zh: told('zh') },
      ...(error.fix === undefined ? {} : { fix: error.fix }),
    },
    { cause: isWhole ? error : new OneOfSeveral(error.message, { cause: error }) },
  )
}
