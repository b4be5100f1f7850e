import { EdgeliftError, parseJson, rememberSecret, type Text } from '@edgelift/core'
import { z } from 'zod'
import { fail } from '../codes.ts'
import { basicAuthorization } from '../http/basic-authorization.ts'
import { redactUrl } from '../http/redact.ts'
import { excerpt, isTransient, METADATA_LIMIT, readBytes, statusError } from '../http/responses.ts'
import { openRetryBudget, persist } from '../http/retry-budget.ts'
import type { Request, Transport } from '../http/transport.ts'
import { type Challenge, parseChallenges } from './challenges.ts'
import type { Login } from './credentials.ts'

/** Keeps the `Authorization` header for one repository at one registry. */
export interface Authorizer {
  /** The header to send; undefined as long as the registry has not asked for one. */
  header(): Promise<string | undefined>
  /**
   * A header to try after one was refused with 401; undefined when there is none that could help.
   * @param challenge the refusal's `WWW-Authenticate`
   * @throws REGISTRY_UNAUTHORIZED when the token service refuses
   */
  renew(challenge: string | undefined, refused: string | undefined): Promise<string | undefined>
}

export interface AuthorizerOptions {
  readonly transport: Transport
  /** `host[:port]`, for errors. */
  readonly registry: string
  readonly repository: string
  readonly login: () => Promise<Login | undefined>
}

interface Ticket {
  readonly header: string
  /** On the clock of performance.now(); a ticket that does not expire has none. */
  readonly expires?: number
  readonly challenge?: Challenge
}

// distribution-spec's token authentication (distribution/distribution, docs/spec/auth/token.md)
const tokenSchema = z
  .object({
    token: z.string().nullish(),
    access_token: z.string().nullish(),
    // Only a hint: what cannot be read is the specification's own value.
    expires_in: z
      .union([z.number(), z.string().transform(Number)])
      .nullish()
      .catch(null),
  })
  .transform((response, context) => {
    const token = (response.token || response.access_token)?.trim()
    const life = response.expires_in ?? DEFAULT_LIFE
    if (token && TOKEN.test(token))
      return { token, seconds: life > 0 && Number.isFinite(life) ? life : DEFAULT_LIFE }
    context.addIssue({ code: 'custom', message: 'has no token' })
    return z.NEVER
  })
const TOKEN = /^[\x21-\x7e]+$/ // what a header can carry; RFC 6750 allows even less
const DEFAULT_LIFE = 60 // seconds; the specification's value for a response that names none
const CLIENT = 'edgelift'
const CHECK_REGISTRY: Text = {
  en: 'check the registry, and the proxies and mirrors in front of it',
  zh: '请检查镜像仓库及其前面的代理和镜像站',
}

export function openAuthorizer(options: AuthorizerOptions): Authorizer {
  let ticket: Ticket | undefined
  let underway: Promise<Ticket | undefined> | undefined
  const obtain = async (find: () => Promise<Ticket | undefined>): Promise<string | undefined> => {
    underway ??= find().finally(() => {
      underway = undefined
    })
    ticket = await underway
    return ticket?.header
  }
  return {
    async header() {
      if (underway !== undefined) await underway.catch(() => {})
      const { expires, challenge } = ticket ?? {}
      if (expires === undefined || challenge === undefined || performance.now() < expires)
        return ticket?.header
      return obtain(() => fetchToken(options, challenge))
    },
    async renew(challenge, refused) {
      // Another transfer may have renewed it while this one was being refused.
      if (underway === undefined && ticket !== undefined && ticket.header !== refused) return ticket.header
      const former = ticket?.challenge
      const header = await obtain(() =>
        answerChallenge(options, parseChallenges(challenge ?? '')).catch((error: unknown) => {
          // Some registries name another service for a token that has expired, which serves accounts alone (nvcr.io).
          if (former === undefined || !isRefusal(error)) throw error
          return fetchToken(options, former)
        }),
      )
      return header === refused ? undefined : header
    },
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof EdgeliftError && error.code === 'REGISTRY_UNAUTHORIZED'
}

/** Bearer goes before Basic: where both are offered, the password then leaves for the token service only. */
async function answerChallenge(
  options: AuthorizerOptions,
  challenges: readonly Challenge[],
): Promise<Ticket | undefined> {
  const login = await options.login()
  const bearer = challenges.find(({ scheme, params }) => scheme === 'bearer' && params.realm !== undefined)
  if (login?.kind === 'bearer') return { header: `Bearer ${login.token}` }
  if (bearer !== undefined) return fetchToken(options, bearer)
  const basic = challenges.some(({ scheme }) => scheme === 'basic')
  return basic && login?.kind === 'basic' ? { header: basicAuthorization(login) } : undefined
}

async function fetchToken(options: AuthorizerOptions, challenge: Challenge): Promise<Ticket> {
  const { transport } = options
  const request = tokenRequest(options, challenge, await options.login())
  const label = `${options.registry}: token`
  const started = performance.now()
  const { token, seconds } = await persist(
    openRetryBudget({ transport, label, url: request.url }),
    async () => {
      const response = await transport.request(request)
      if (isTransient(response.status)) throw await statusError(response)
      const bytes = await readBytes(
        response,
        { limit: METADATA_LIMIT, deadline: transport.timeouts.document },
        redactUrl(request.url),
      )
      if (response.status < 200 || response.status >= 300)
        throw refusedByService(options, request, response.status, bytes)
      return readToken(request, bytes)
    },
  )
  rememberSecret(token)
  // Renewed before the end, so that a request that is on its way still finds it valid.
  const life = Math.max(seconds * 1000 - 10_000, seconds * 500)
  return { header: `Bearer ${token}`, expires: started + life, challenge }
}

/** GET with Basic for user and password (or nobody); POST for a refresh token, which only that form takes. */
function tokenRequest(options: AuthorizerOptions, challenge: Challenge, login: Login | undefined): Request {
  const { realm = '', service, scope: asked = '' } = challenge.params
  // docker, containerd and crane ask for their repository whatever the challenge says.
  const scope = /(^| )repository:/.test(asked)
    ? asked
    : `${asked} repository:${options.repository}:pull`.trim()
  const url = realmUrl(options, realm)
  if (login?.kind === 'identity') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: CLIENT,
      refresh_token: login.token,
      scope,
      ...(service === undefined ? {} : { service }),
    })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    return { url: url.href, method: 'POST', headers, body: form.toString() }
  }
  if (service !== undefined) url.searchParams.set('service', service)
  for (const part of scope.split(' ').filter(Boolean)) url.searchParams.append('scope', part)
  return { url: url.href, authorization: login?.kind === 'basic' ? basicAuthorization(login) : undefined }
}

function realmUrl(options: AuthorizerOptions, realm: string): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  const shown = url === undefined ? realm : redactUrl(realm)
  throw fail('REGISTRY_ANSWER_INVALID', {
    what: {
      en: `${options.registry}: its token service is no http or https URL`,
      zh: `${options.registry}：令牌服务地址不是 http 或 https URL`,
    },
    because: { en: `WWW-Authenticate says realm="${shown}"`, zh: `WWW-Authenticate 中 realm="${shown}"` },
    fix: CHECK_REGISTRY,
  })
}

function readToken(request: Request, bytes: Uint8Array): { token: string; seconds: number } {
  try {
    return tokenSchema.parse(parseJson(new TextDecoder().decode(bytes)))
  } catch (cause) {
    throw fail('REGISTRY_ANSWER_INVALID', {
      what: {
        en: `${redactUrl(request.url)}: the response has no token`,
        zh: `${redactUrl(request.url)}：响应中没有令牌`,
      },
      because:
        cause instanceof SyntaxError
          ? noJson(bytes)
          : {
              en: 'token is missing, or has characters that no header can carry',
              zh: '缺少 token，或 token 含有请求头不能携带的字符',
            },
      fix: CHECK_REGISTRY,
    })
  }
}

/** The words of a page to log in on; of anything else none, since a damaged response may hold a token. */
function noJson(bytes: Uint8Array): Text {
  const isPage = /^\s*</.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'))
  const words = isPage ? excerpt(bytes) : ''
  if (words === '') return { en: 'it is not JSON', zh: '不是 JSON' }
  return { en: `it is a web page, not JSON: "${words}"`, zh: `是网页，不是 JSON："${words}"` }
}

/** A token service refuses credentials with 401, 403 or, where they are a refresh token that is void, 400 (RFC 6749, 5.2). */
function refusedByService(
  options: AuthorizerOptions,
  request: Request,
  status: number,
  bytes: Uint8Array,
): Error {
  const shown = request.authorization !== undefined || request.method === 'POST'
  const words = excerpt(bytes)
  const [said, saidZh] = words === '' ? ['', ''] : [`: ${words}`, `：${words}`]
  const isRefusal = status === 401 || status === 403 || (status === 400 && shown)
  return fail(isRefusal ? 'REGISTRY_UNAUTHORIZED' : 'REGISTRY_ANSWER_INVALID', {
    what: {
      en: `${options.registry}: no token for ${options.repository}`,
      zh: `${options.registry}：无法取得 ${options.repository} 的令牌`,
    },
    because: {
      en: `${redactUrl(request.url)} returned ${status} ${shown ? 'to the credentials' : 'to an anonymous request'}${said}`,
      zh: `${redactUrl(request.url)} 对${shown ? '凭据' : '匿名请求'}返回 ${status}${saidZh}`,
    },
    fix: isRefusal ? loginFix(options.registry) : CHECK_REGISTRY,
  })
}

export function loginFix(registry: string): { en: string; zh: string } {
  return {
    en: `check the name, and the credentials with "docker login ${registry}"`,
    zh: `请检查名称，并用 "docker login ${registry}" 检查凭据`,
  }
}
