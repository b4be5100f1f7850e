import { rememberSecret } from '@edgelift/core'
import { type Authorizer, loginFix, openAuthorizer } from '../auth/authorizer.ts'
import { parseChallenges } from '../auth/challenges.ts'
import type { Credentials, Login } from '../auth/credentials.ts'
import { fail } from '../codes.ts'
import type { Endpoint } from '../http/endpoints.ts'
import { redactUrl } from '../http/redact.ts'
import { firstWords, isTransient, statusError } from '../http/responses.ts'
import { RetryableError } from '../http/retryable-error.ts'
import type { Response, Transport } from '../http/transport.ts'

export interface AccessRequest {
  readonly endpoint: Endpoint
  readonly repository: string
  /** `manifests/v1`, `blobs/sha256:…` */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** How errors name what is asked for. */
  readonly what: string
}

/** Asks a registry with whatever it takes to be let in. */
export type Access = (request: AccessRequest) => Promise<Response>

/**
 * Whether a registry may be hiding from a stranger what it has: with a status (Harbor, Artifactory, GitLab), or with a page to
 * log in on.
 */
function hides({ status, headers }: Response): boolean {
  if (status >= 400) return status < 500 && status !== 401 && status !== 416 && !isTransient(status)
  return /^\s*text\/html/i.test(headers['content-type'] ?? '')
}

const YOUNG_ATTEMPTS = 3

/** Redirected storage returns these when a signed URL has expired; the registry signs a new one. */
const SIGNATURE_REFUSED = [400, 401, 403]

/**
 * Requests with one authorizer per endpoint and repository, which all transfers share.
 * The response's status is 200, 206 or 416.
 * @throws REGISTRY_UNAUTHORIZED, REGISTRY_NOT_FOUND, REGISTRY_ANSWER_INVALID, RetryableError, what a transport throws
 */
export function openAccess(transport: Transport, credentials: Credentials | undefined): Access {
  const authorizers = new Map<string, Authorizer>()
  /** Of registries that hide what they have: once for each repository, also for who comes meanwhile. */
  const probes = new Map<Authorizer, Promise<unknown>>()
  /** How often tokens were refused that had just been issued. */
  const tooYoung = new Map<Authorizer, number>()
  return async (request) => {
    const { endpoint, path, headers } = request
    const repository = `${endpoint.prefix}${request.repository}`
    const key = `${endpoint.api} ${repository}`
    const login = async () => remembered(await credentials?.(endpoint.registry))
    const authorizer =
      authorizers.get(key) ?? openAuthorizer({ transport, registry: endpoint.registry, repository, login })
    authorizers.set(key, authorizer)

    const url = `${endpoint.api}${request.repository}/${path}`
    const isOrigin = (response: Response): boolean => new URL(response.url).origin === new URL(url).origin
    const authorization = await authorizer.header()
    let response = await transport.request({ url, headers, authorization })
    const renewed = await renewedFor(response).catch((error: unknown) => {
      response.body.destroy()
      throw error
    })
    if (renewed !== undefined) {
      response.body.destroy()
      response = await transport.request({ url, headers, authorization: renewed })
    } else if (response.status === 401 && isOrigin(response))
      throw await refusal(response, request, authorization !== undefined)
    if ([200, 206, 416].includes(response.status)) return response
    const expired = !isOrigin(response) && SIGNATURE_REFUSED.includes(response.status)
    if (expired || isTransient(response.status) || isTooYoung(response)) throw await statusError(response)
    throw await refusal(response, request, true)

    /** A header that may get more than this response; undefined where there is none. */
    async function renewedFor(first: Response): Promise<string | undefined> {
      const isPage = first.status < 400 // of whichever server: what is asked again is the registry
      if (authorization === undefined && (isOrigin(first) || isPage) && hides(first)) return probe()
      if (first.status !== 401 || !isOrigin(first)) return undefined
      const challenge = first.headers['www-authenticate'] ?? (await challengeOf(transport, endpoint))
      return authorizer.renew(challenge, authorization)
    }

    /**
     * Where the token service's clock is ahead of the registry's, a new token is not valid yet (docker/hub-feedback #647): that is
     * tried again a few times. Other refusals of a token are none that time mends.
     */
    function isTooYoung({ status, headers }: Response): boolean {
      if (status !== 401 || renewed === undefined || !isOrigin(response)) return false
      const challenges = parseChallenges(headers['www-authenticate'] ?? '')
      if (!challenges.some(({ params }) => params.error === 'invalid_token')) return false
      const times = (tooYoung.get(authorizer) ?? 0) + 1
      tooYoung.set(authorizer, times)
      return times <= YOUNG_ATTEMPTS
    }

    async function probe(): Promise<string | undefined> {
      if ((await login()) === undefined) return undefined
      const running =
        probes.get(authorizer) ??
        challengeOf(transport, endpoint).then((challenge) => authorizer.renew(challenge, undefined))
      probes.set(authorizer, running)
      await running.catch((error: unknown) => {
        probes.delete(authorizer)
        throw error
      })
      return authorizer.header()
    }
  }
}

/** Servers repeat what they are shown: from here on it is blanked wherever it would be printed. */
function remembered(login: Login | undefined): Login | undefined {
  if (login === undefined) return undefined
  rememberSecret(login.kind === 'basic' ? login.password : login.token)
  if (login.kind === 'basic') rememberSecret(`${login.username}:${login.password}`)
  return login
}

/**
 * The challenge that a registry sends at `/v2/` (distribution-spec, "Determining Support"), where a request for content
 * brought none.
 */
async function challengeOf(transport: Transport, endpoint: Endpoint): Promise<string | undefined> {
  const url = endpoint.api.slice(0, endpoint.api.length - endpoint.prefix.length)
  try {
    const response = await transport.request({ url })
    response.body.destroy()
    return response.headers['www-authenticate']
  } catch (error) {
    if (error instanceof RetryableError) return undefined // the first response then stands
    throw error
  }
}

async function refusal(response: Response, request: AccessRequest, tried: boolean): Promise<Error> {
  const { endpoint, what } = request
  const { status } = response
  const words = await firstWords(response)
  const because = {
    en: `${redactUrl(response.url)} returned ${status}${words.en}`,
    zh: `${redactUrl(response.url)} 返回 ${status}${words.zh}`,
  }
  if (status === 404 || status === 410) {
    return fail('REGISTRY_NOT_FOUND', {
      what: { en: `${what} does not exist`, zh: `${what} 不存在` },
      because,
      fix: { en: 'check the name and the tag', zh: '请检查名称和标签' },
    })
  }
  if (status === 401 || status === 403) {
    return fail('REGISTRY_UNAUTHORIZED', {
      what: tried
        ? { en: `${what}: ${endpoint.registry} denied access`, zh: `${what}：${endpoint.registry} 拒绝访问` }
        : {
            en: `${what}: ${endpoint.registry} requires credentials`,
            zh: `${what}：${endpoint.registry} 需要凭据`,
          },
      because,
      fix: loginFix(endpoint.registry),
    })
  }
  return fail('REGISTRY_ANSWER_INVALID', {
    what: { en: `${what}: not a response of a registry`, zh: `${what}：响应不符合镜像仓库协议` },
    because,
    fix: {
      en: 'check the registry, and the proxies and mirrors in front of it',
      zh: '请检查镜像仓库及其前面的代理和镜像站',
    },
  })
}
