import { coreCodes, EdgeliftError, failures, same, type Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import { proxyOfError } from './proxy-errors.ts'
import { redact, redactUrl } from './redact.ts'

const failCore = failures(coreCodes)

/** A failure that another attempt may fix; it never leaves this package. */
export class RetryableError extends Error {
  readonly text: Text
  /** Milliseconds that the server asks to wait. */
  readonly retryAfter: number | undefined
  /** The host does not respond at all: more attempts are of no use. */
  readonly unreachable: boolean
  /** Bytes came, but so few that they do not count as progress. */
  readonly slow: boolean

  constructor(
    text: Text | string,
    options: { retryAfter?: number | undefined; unreachable?: boolean; slow?: boolean } = {},
  ) {
    const words = typeof text === 'string' ? same(text) : text
    super(words.en)
    this.text = words
    this.retryAfter = options.retryAfter
    this.unreachable = options.unreachable ?? false
    this.slow = options.slow ?? false
  }
}

const UNREACHABLE: Readonly<Record<string, Text>> = {
  ENOTFOUND: { en: 'the host name cannot be resolved', zh: '无法解析主机名' },
  EAI_AGAIN: { en: 'the name server does not respond', zh: '域名服务器无响应' },
  ECONNREFUSED: { en: 'connection refused', zh: '连接被拒绝' },
  EHOSTUNREACH: { en: 'the host is unreachable', zh: '主机不可达' },
  ENETUNREACH: { en: 'the network is unreachable', zh: '网络不可达' },
  UND_ERR_CONNECT_TIMEOUT: { en: 'the connection attempt timed out', zh: '连接超时' },
}

/** What to do where a server sends what makes no sense. */
export const CHECK_SERVER: Text = {
  en: 'check the server, and the proxies and mirrors in front of it',
  zh: '请检查该服务器及其前面的代理和镜像站',
}

const CUT: Readonly<Record<string, Text>> = {
  ECONNRESET: { en: 'the connection was reset', zh: '连接被重置' },
  EPIPE: { en: 'the connection was closed', zh: '连接被关闭' },
  ETIMEDOUT: { en: 'the connection timed out', zh: '连接超时' },
  UND_ERR_SOCKET: { en: 'the connection was cut', zh: '连接中断' },
  UND_ERR_HEADERS_TIMEOUT: { en: 'no response in time', zh: '响应超时' },
  UND_ERR_BODY_TIMEOUT: { en: 'the stream stalled', zh: '数据流停滞' },
  UND_ERR_HEADERS_OVERFLOW: { en: 'the response has too many headers', zh: '响应头过大' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: {
    en: 'the response is not as long as its Content-Length, or has that header twice',
    zh: '响应长度与 Content-Length 不符，或该响应头出现了两次',
  },
  ERR_ASSERTION: { en: 'the response is not valid HTTP', zh: '响应不符合 HTTP' },
}

const CLOSED_BY_PROXY: Text = { en: 'the proxy closed the connection', zh: '代理关闭了连接' }

/** undici's words for `100 Continue` and `101 Switching Protocols`, which it takes from nobody. */
const UNASKED: ReadonlyMap<string, Text> = new Map([
  [
    'bad response',
    {
      en: 'the server sent 100 Continue, which nobody asked for',
      zh: '服务器返回了未请求的 100 Continue',
    },
  ],
  [
    'bad upgrade',
    {
      en: 'the server switched to another protocol, which nobody asked for',
      zh: '服务器切换了协议，而请求并未要求',
    },
  ],
])

/** The codes by which Node and OpenSSL refuse a certificate, and what an operator can do. */
const UNTRUSTED =
  /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_|ERR_SSL_|EPROTO|HOSTNAME_MISMATCH)/

/**
 * What an error that came out of an exchange means: a {@link RetryableError} when trying again may help, TLS_UNTRUSTED
 * when it will not, INTERRUPTED when the caller's signal caused it. Words of the HTTP parser about what a server sent are
 * never a defect of this program.
 */
export function exchangeError(error: unknown, url: string, signal?: AbortSignal): unknown {
  return malformed(networkError(error, url, signal), url)
}

/**
 * {@link exchangeError} of what may be anything: an error that is not of the network is returned as it is.
 */
export function networkError(error: unknown, url: string, signal?: AbortSignal): unknown {
  if (error instanceof RetryableError || error instanceof EdgeliftError) return error
  if (signal?.aborted) return interrupted(url)
  const status = proxyStatus(error)
  if (status !== undefined) return new RetryableError(refusedByProxy(status), { unreachable: true })
  const proxy = proxyOfError(error)
  const code = codeOf(error)
  if (code === undefined) return error
  if (UNTRUSTED.test(code)) return untrusted(proxy ?? new URL(url).host, code, error, proxy !== undefined)
  const unreachable = UNREACHABLE[code]
  if (unreachable !== undefined)
    return new RetryableError(withCode(ofProxy(unreachable, proxy), code), { unreachable: true })
  const cut = (code === 'UND_ERR_SOCKET' ? unaskedOf(error) : undefined) ?? CUT[code]
  if (code === 'PROXY_CLOSED') return new RetryableError(withCode(CLOSED_BY_PROXY, code))
  if (cut !== undefined) return new RetryableError(withCode(ofProxy(cut, proxy), code))
  if (proxy !== undefined && code.startsWith('HPE_')) return error // what its parser says is no HTTP
  return new RetryableError(ofProxy(same(redact(`${code}: ${(error as Error).message}`)), proxy))
}

/** Which of the two failed: the proxy, or the server behind it. */
export function ofProxy(text: Text, proxy: string | undefined): Text {
  if (proxy === undefined) return text
  return { en: `the proxy ${proxy}: ${text.en}`, zh: `代理 ${proxy}：${text.zh}` }
}

function unaskedOf(error: unknown): Text | undefined {
  if (!(error instanceof Error)) return undefined
  return UNASKED.get(error.message) ?? unaskedOf(error.cause)
}

/** The status with which a proxy refused a tunnel, or asked for credentials: undici says it in its words only. */
function proxyStatus(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const status = /^Proxy (?:response|Authentication Required) \((\d{3})\)/.exec(error.message)?.[1]
  return status ?? proxyStatus(error.cause)
}

function refusedByProxy(status: string): Text {
  return status === '407'
    ? {
        en: 'the proxy requires a valid user and password: write them into the proxy variable, as http://USER:PASSWORD@HOST:PORT (status 407)',
        zh: '代理要求有效的用户名和密码：请写入代理变量，形如 http://用户名:密码@主机:端口（状态码 407）',
      }
    : {
        en: `the proxy refused to connect to the server (status ${status})`,
        zh: `代理拒绝连接到服务器（状态码 ${status}）`,
      }
}

/** What else can come out of an exchange: another attempt may meet a healthier server. */
function malformed(error: unknown, url: string): unknown {
  if (error instanceof RetryableError || error instanceof EdgeliftError) return error
  const words = error instanceof Error ? error.message : String(error)
  const proxy = proxyOfError(error)
  if (proxy !== undefined)
    return new RetryableError({
      en: redact(`the proxy ${proxy} sent a malformed HTTP response: ${words}`),
      zh: redact(`代理 ${proxy} 返回的内容不符合 HTTP：${words}`),
    })
  const host = URL.canParse(url) ? new URL(url).host : ''
  return new RetryableError({
    en: redact(`${host} sent a malformed HTTP response: ${words}`),
    zh: redact(`${host} 返回的内容不符合 HTTP：${words}`),
  })
}

export function interrupted(url: string): EdgeliftError {
  return failCore('INTERRUPTED', {
    what: { en: `${redactUrl(url)}: stopped`, zh: `${redactUrl(url)}：已中断` },
    fix: { en: 'run the command again: it resumes where it stopped', zh: '再次运行该命令即可继续' },
  })
}

/** The first code along the chain of causes; an AggregateError (several addresses tried) speaks by its first. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code } = error as { code?: unknown }
  if (typeof code === 'string' && code !== '') return code
  return codeOf(error instanceof AggregateError ? error.errors[0] : error.cause)
}

function withCode(text: Text, code: string): Text {
  return { en: `${text.en} (${code})`, zh: `${text.zh}（${code}）` }
}

function untrusted(host: string, code: string, cause: unknown, isProxy: boolean): EdgeliftError {
  const [en, zh] = ['no trusted TLS connection', '无法建立可信的 TLS 连接']
  return fail(
    'TLS_UNTRUSTED',
    {
      what: isProxy ? ofProxy({ en, zh }, host) : { en: `${host}: ${en}`, zh: `${host}：${zh}` },
      because: redact(`${code}: ${(cause as Error).message}`),
      fix: NO_TLS.test(code) ? plainFix(host, isProxy) : ADD_AUTHORITY,
    },
    { cause },
  )
}

/** The codes by which OpenSSL says that the other side speaks no TLS. */
const NO_TLS = /WRONG_VERSION|PACKET_LENGTH|EPROTO|HTTP_REQUEST/

const ADD_AUTHORITY: Text = {
  en: 'add the certificate of its authority to the CA files of edgelift.config.yaml',
  zh: '请将其 CA 证书加入 edgelift.config.yaml 的 CA 文件列表',
}

function plainFix(host: string, isProxy: boolean): Text {
  if (isProxy)
    return {
      en: `if the proxy ${host} speaks plain HTTP, write http:// in place of https:// in the proxy variable`,
      zh: `若代理 ${host} 使用明文 HTTP，请在代理变量中将 https:// 改为 http://`,
    }
  return {
    en: `if ${host} really speaks plain HTTP, name it among the plain-HTTP hosts of edgelift.config.yaml`,
    zh: `若 ${host} 确实使用明文 HTTP，请将其写入 edgelift.config.yaml 的明文 HTTP 主机列表`,
  }
}
