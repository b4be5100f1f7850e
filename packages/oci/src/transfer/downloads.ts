import type { Digest } from '@edgelift/core'
import { fail } from '../codes.ts'
import { openMeter } from '../http/meter.ts'
import { redactUrl } from '../http/redact.ts'
import { firstWords, isTransient, statusError } from '../http/responses.ts'
import { openRetryBudget } from '../http/retry-budget.ts'
import type { Response, Transport } from '../http/transport.ts'
import type { BlobSink } from './blob-sink.ts'
import { transfer } from './transfer.ts'

export interface DownloadOptions {
  readonly url: string
  readonly sink: BlobSink
  /** Without a digest, a cut download goes on only when the server's entity tag proves that nothing changed. */
  readonly expected?: { readonly digest?: Digest; readonly size?: number }
  /** The most bytes that are accepted; {@link DOWNLOAD_LIMIT} when left out. */
  readonly limit?: number
  readonly transport: Transport
  /** How people call it, in progress and errors. */
  readonly label: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent to the origin of `url` only, never to one that a redirect leads to. */
  readonly authorization?: string | undefined
  /**
   * The strong entity tag under which the sink's bytes came. With it they are kept without a digest, too, as long as the
   * server still has that tag (RFC 9110, 13.1.5).
   */
  readonly resumeTag?: string | undefined
}

/** Bytes of one download whose size nobody has named. Nothing of the field comes near it. */
const DOWNLOAD_LIMIT = 16 * 1024 ** 3

export interface Downloaded {
  readonly size: number
  /** Bytes that came over the network in this call, those that had to be thrown away included. */
  readonly fetched: number
}

/**
 * Downloads a URL into a sink, going on after what the sink has, also after cuts, stalls and busy servers.
 * @throws SOURCE_NOT_FOUND, SOURCE_REFUSED, TRANSFER_FAILED, TLS_UNTRUSTED, PLAIN_HTTP_REFUSED, INTERRUPTED;
 *   CONTENT_TOO_LARGE beyond the limit; SIZE_MISMATCH, DIGEST_MISMATCH when what came is not what was expected, and the sink is empty then
 */
export async function download(options: DownloadOptions): Promise<Downloaded> {
  const { url, sink, expected = {}, transport, label, authorization } = options
  const meter = openMeter({ id: redactUrl(url), label, report: transport.report })
  try {
    const size = await transfer({
      open: async (headers) => {
        const response = await transport.request({
          url,
          authorization,
          headers: { ...options.headers, ...headers },
        })
        return [200, 206, 416].includes(response.status)
          ? response
          : Promise.reject(await refusal(response, options))
      },
      sink,
      digest: expected.digest,
      size: expected.size,
      limit: options.limit ?? DOWNLOAD_LIMIT,
      resumeTag: options.resumeTag,
      mayBeHtml: expected.digest !== undefined || /\.html?$/i.test(new URL(url).pathname),
      label,
      transport,
      budget: openRetryBudget({ transport, label, url }),
      meter,
    })
    meter.complete()
    return { size, fetched: meter.fetched }
  } finally {
    meter.end()
  }
}

const LOGIN = {
  en: 'this server asks for a user and a password: put "USER:PASSWORD@" before its host in "rewrites" of edgelift.config.yaml',
  zh: '该服务器需要用户名和密码：请在 edgelift.config.yaml 的 "rewrites" 中，于主机前加上 "用户名:密码@"',
}

async function refusal(response: Response, { url, label }: DownloadOptions): Promise<Error> {
  if (isTransient(response.status)) return statusError(response)
  const absent = response.status === 404 || response.status === 410
  const words = await firstWords(response)
  return fail(absent ? 'SOURCE_NOT_FOUND' : 'SOURCE_REFUSED', {
    what: absent
      ? { en: `${label}: the file does not exist`, zh: `${label}：文件不存在` }
      : { en: `${label}: the server refused the request`, zh: `${label}：服务器拒绝` },
    because: {
      en: `${redactUrl(url)} returned ${response.status}${words.en}`,
      zh: `${redactUrl(url)} 返回 ${response.status}${words.zh}`,
    },
    fix: response.status === 401 ? LOGIN : { en: 'check the version and the URL', zh: '请检查版本和地址' },
  })
}
