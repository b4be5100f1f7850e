import type { Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import { lastingCoding } from '../http/content-coding.ts'
import { redactUrl } from '../http/redact.ts'
import { firstWords } from '../http/responses.ts'
import { RetryableError } from '../http/retryable-error.ts'
import type { Response } from '../http/transport.ts'
import { bareMediaType } from '../manifest/media-types.ts'
import { type BodyForm, lengthOf } from './body-form.ts'

/** The bytes cannot be put together with those that are there already: begin again from none. */
export class BeginAgain extends RetryableError {}

/** The bytes make no sense with the content coding taken as it was: begin again, and take it the other way. */
export class OtherCoding extends BeginAgain {}

const PAGES = ['text/html', 'application/xhtml+xml']

/** What a transfer asks for. */
export interface Wanted {
  readonly size: number | undefined
  /** The content cannot change without notice, because a digest is checked at the end. */
  readonly hasDigest: boolean
  /** The most bytes that are accepted where no size is known. */
  readonly limit?: number | undefined
  /** Whether an HTML page may be what is asked for. */
  readonly mayBeHtml: boolean
}

/** What has come of it, and what its server can do. */
export interface Received {
  at: number
  total: number | undefined
  /** What `If-Range` may name: a strong entity tag (RFC 9110, 13.1.5). */
  etag: string | undefined
  ranges: boolean
}

/** What to ask for: all of it, or what is missing. */
export function rangeHeaders(wanted: Wanted, state: Received): Record<string, string> {
  if (state.at === 0) return {}
  // With a digest every server's bytes are as good as another's, whatever tag it gives them.
  if (wanted.hasDigest) return state.ranges ? { range: `bytes=${state.at}-` } : {}
  if (state.etag !== undefined && state.ranges) {
    return { range: `bytes=${state.at}-`, 'if-range': state.etag }
  }
  throw new BeginAgain({
    en: 'the server cannot resume the download',
    zh: '服务器不支持从中途继续',
  })
}

/** Checks that a response fits what is there; returns how many of its first bytes are to be dropped. */
export async function place(
  wanted: Wanted,
  state: Received,
  { response, form }: { readonly response: Response; readonly form: BodyForm | undefined },
): Promise<number> {
  if (!wanted.mayBeHtml && PAGES.includes(bareMediaType(response.headers['content-type']))) {
    const words = await firstWords(response)
    throw fault(`a page where content was expected${words.en}`, `响应是网页而不是内容${words.zh}`)
  }
  refuseLastingCoding(wanted, response)
  if (response.status === 206) {
    if (form !== 'decoded') return placePart(wanted, state, response)
    state.ranges = false // its range counts coded bytes
    throw fault('a part of a compressed body', '响应是压缩内容的一部分')
  }
  if (response.status !== 200) {
    state.ranges = false
    const total = /^bytes \*\/(\d+)$/.exec(response.headers['content-range'] ?? '')?.[1]
    // All bytes are there already (RFC 9110, 14.4): an earlier process received them and ended before it used them.
    if (total === String(state.at)) state.total = state.at
    if (wanted.size === undefined && total !== undefined) refuseExcess(state.at, Number(total))
    throw fault(
      `status ${response.status} to a request for the bytes from ${state.at}`,
      `请求从 ${state.at} 起的字节时返回 ${response.status}`,
    )
  }
  const length = form === 'decoded' ? undefined : lengthOf(response)
  if (length !== undefined && wanted.size !== undefined && length !== wanted.size) {
    const coding = response.headers['content-encoding']
    const [en, zh] = coding === undefined ? ['', ''] : [`, sent as ${coding}`, `，以 ${coding} 编码发送`]
    const words = {
      en: `Content-Length is ${length}${en}, the content has ${wanted.size} bytes`,
      zh: `Content-Length 为 ${length}${zh}，而内容应为 ${wanted.size} 字节`,
    }
    throw form === undefined ? new RetryableError(words) : new OtherCoding(words)
  }
  if (wanted.size === undefined && (length ?? 0) > (wanted.limit ?? Number.POSITIVE_INFINITY))
    throw tooLong(wanted, response)
  const etag = strongTag(response)
  const same = wanted.hasDigest || (etag !== undefined && etag === state.etag)
  if (state.at > 0 && !same) {
    throw new BeginAgain({ en: 'the content changed during the download', zh: '内容在传输中途发生变化' })
  }
  state.etag = etag
  state.total = wanted.size ?? length
  refuseExcess(state.at, state.total)
  return state.at
}

/** Bytes that are there and that the content does not have, under a digest too: nothing that follows makes them right. */
export function refuseExcess(at: number, total: number | undefined): void {
  if (total === undefined || at <= total) return
  throw new BeginAgain({ en: `more than ${total} bytes`, zh: `超过 ${total} 字节` })
}

/**
 * Only a digest tells whether a body that cannot be undone is the file: a server may mean the file's own compression.
 * @throws SOURCE_REFUSED
 */
function refuseLastingCoding(wanted: Wanted, response: Response): void {
  const header = lastingCoding(response)
  if (wanted.hasDigest || header === undefined || isZstdFile(response)) return
  throw fail('SOURCE_REFUSED', {
    what: {
      en: `${redactUrl(response.url)}: the response is compressed in a way that edgelift cannot undo`,
      zh: `${redactUrl(response.url)}：响应的压缩方式无法还原`,
    },
    because: {
      en: `it has ${header}, which nobody asked for, and no checksum is known`,
      zh: `响应带有未请求的 ${header}，且没有已知的校验和`,
    },
    fix: {
      en: 'name a digest or a checksum file in the release, or check the server, and the proxies and mirrors in front of it',
      zh: '请在发布清单中指定摘要或校验和文件，或检查该服务器及其前面的代理和镜像站',
    },
  })
}

function isZstdFile({ url, headers }: Response): boolean {
  const only = headers['content-encoding']?.trim().toLowerCase() === 'zstd'
  return only && /\.t?zst$/i.test(new URL(url).pathname)
}

function placePart(wanted: Wanted, state: Received, response: Response): number {
  const header = response.headers['content-range'] ?? ''
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(header.trim())
  const total = match?.[3] === '*' ? (wanted.size ?? state.total) : Number(match?.[3])
  if (
    match === null ||
    Number(match[1]) !== state.at ||
    total === undefined || // then nothing tells where the content ends, and a part may be less than was asked for
    (wanted.size !== undefined && total !== wanted.size)
  ) {
    state.ranges = false
    const part = `bytes ${state.at}-/${wanted.size ?? '*'}`
    const asked = state.at === 0 ? { en: 'all of it', zh: '全部内容' } : { en: part, zh: part }
    throw fault(
      `Content-Range is "${header}", asked for ${asked.en}`,
      `Content-Range 为 "${header}"，请求的是 ${asked.zh}`,
    )
  }
  const etag = strongTag(response)
  // Parts belong together only under the same strong validator (RFC 9110, 15.3.7.3): a server that sends none may have
  // taken no notice of If-Range.
  const isOther = etag !== state.etag || (state.total !== undefined && total !== state.total)
  if (!wanted.hasDigest && state.at > 0 && isOther) {
    throw new BeginAgain({ en: 'the content changed during the download', zh: '内容在传输中途发生变化' })
  }
  state.etag = etag ?? state.etag
  state.total = total
  return 0
}

function strongTag(response: Response): string | undefined {
  const etag = response.headers.etag
  return etag?.startsWith('"') ? etag : undefined
}

function fault(en: string, zh: string): RetryableError {
  return new RetryableError({ en, zh } satisfies Text)
}

/** CONTENT_TOO_LARGE */
export function tooLong({ limit }: Wanted, response: Response): Error {
  return fail('CONTENT_TOO_LARGE', {
    what: {
      en: `${redactUrl(response.url)} sends more than is accepted`,
      zh: `${redactUrl(response.url)} 返回的内容超出上限`,
    },
    because: { en: `at most ${limit} bytes are accepted`, zh: `最多接受 ${limit} 字节` },
    fix: { en: 'check the URL', zh: '请检查 URL' },
  })
}
