import { parseJson, same, type Text, withoutSecrets } from '@edgelift/core'
import { fail } from '../codes.ts'
import { codingOf, decodedWhole } from './content-coding.ts'
import { redact } from './redact.ts'
import { parseRetryAfter } from './retry-after.ts'
import { CHECK_SERVER, exchangeError, RetryableError } from './retryable-error.ts'
import type { Response } from './transport.ts'

/** Image-spec and distribution-spec: registries have to take manifests of 4 MiB, so none is larger. */
export const METADATA_LIMIT = 4 * 1024 * 1024
const WORDS_LIMIT = 160
const WORDS_BYTES = 4096 // of a body, of which an error shows the beginning
/** Of a body that is no text, many: control characters, and what is no UTF-8. A page in another encoding has few. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const NO_TEXT = /[\u0000-\u0008\u000e-\u001f\ufffd]/g
const PAGE_LIMIT = 4 * 1024 * 1024 // bytes that its beginning may become when it was compressed
const WORDS_DEADLINE = 5_000 // milliseconds: the words of an error are no reason to wait longer

/** Statuses after which the same request may succeed: overload, a gateway's trouble, a server's crash. */
export function isTransient(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501)
}

/** The error for a response with a transient status, with the server's words and its `Retry-After`. */
export async function statusError(response: Response): Promise<RetryableError> {
  const words = await firstWords(response)
  return new RetryableError(
    { en: `status ${response.status}${words.en}`, zh: `状态码 ${response.status}${words.zh}` },
    { retryAfter: parseRetryAfter(response.headers['retry-after'], Date.now()) },
  )
}

/**
 * The whole body, for small things.
 * @param deadline milliseconds until all of it has to be there, however its bytes drip in
 * @throws REGISTRY_ANSWER_INVALID when it is longer than `limit`; RetryableError when it is cut or late
 */
export async function readBytes(
  response: Response,
  { limit, deadline }: { readonly limit: number; readonly deadline: number },
  what: string,
): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  const seconds = deadline / 1000
  const late = new RetryableError(
    { en: `the response was not complete within ${seconds} s`, zh: `响应未在 ${seconds} 秒内完成` },
    { slow: true },
  )
  try {
    await collect(response, chunks, { limit, deadline, late })
  } catch (error) {
    throw exchangeError(error, response.url)
  }
  const bytes = plain(response, Buffer.concat(chunks), limit)
  if (bytes.length <= limit) return bytes
  throw fail('REGISTRY_ANSWER_INVALID', {
    what: { en: `${what}: the response is too long`, zh: `${what}：响应过长` },
    because: { en: `more than ${limit} bytes`, zh: `超过 ${limit} 字节` },
    fix: CHECK_SERVER,
  })
}

/** What the server says, for people: ` (text/html: "Please log in…")`; empty when it says nothing. */
export async function firstWords(response: Response): Promise<Text> {
  const { en, zh } = typeAndWords(response.headers['content-type'], await beginning(response))
  return { en: ` (${en})`, zh: `（${zh}）` }
}

/** A body's type, and its first words where it has some: `text/html: "Please log in…"`. */
export function typeAndWords(contentType: string | undefined, bytes: Uint8Array): Text {
  const type = contentType === undefined ? { en: 'no content type', zh: '未注明类型' } : same(contentType)
  const words = excerpt(bytes)
  return words === '' ? type : { en: `${type.en}: "${words}"`, zh: `${type.zh}："${words}"` }
}

/**
 * The first words of bytes: a registry's own error message when it is one, else text without markup; empty for what is no
 * text.
 */
export function excerpt(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, WORDS_BYTES))
  if ((text.match(NO_TEXT)?.length ?? 0) > text.length / 5) return ''
  const clean = (registryErrors(text) ?? text.replaceAll(/<(script|style)[\s\S]*?<\/\1>|<[^>]*>/gi, ' '))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
    .replaceAll(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ')
    .trim()
  const plain = redact(withoutSecrets(clean)) // before it is cut: half a secret is not known as one
  return plain.length > WORDS_LIMIT ? `${plain.slice(0, WORDS_LIMIT)}…` : plain
}

/** distribution-spec, "Error Codes": `{"errors":[{"code","message"}]}` */
function registryErrors(text: string): string | undefined {
  try {
    const { errors } = parseJson(text) as { errors?: { code?: unknown; message?: unknown }[] }
    if (!Array.isArray(errors)) return undefined
    return errors.map(({ code, message }) => `${code ?? ''}: ${message ?? ''}`).join('; ')
  } catch {
    return undefined
  }
}

async function beginning(response: Response): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  // The status says enough: an error page that is cut needs no error of its own.
  await collect(response, chunks, { limit: WORDS_BYTES, deadline: WORDS_DEADLINE }).catch(() => {})
  const bytes = Buffer.concat(chunks)
  const coding = codingOf(response)
  try {
    return coding === undefined
      ? bytes
      : decodedWhole(bytes, coding, { limit: PAGE_LIMIT, isBeginning: true })
  } catch {
    return Buffer.alloc(0)
  }
}

function plain(response: Response, bytes: Buffer, limit: number): Buffer {
  const coding = codingOf(response)
  return coding === undefined || bytes.length > limit ? bytes : decodedWhole(bytes, coding, { limit })
}

/** Puts a body's chunks into `chunks` until there are more than `limit` bytes, it ends, or it is late. */
async function collect(
  response: Response,
  chunks: Buffer[],
  { limit, deadline, late }: { readonly limit: number; readonly deadline: number; readonly late?: Error },
): Promise<void> {
  let size = 0
  const timer = setTimeout(() => response.body.destroy(late), deadline)
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      size += chunk.length
      if (size > limit) return
    }
  } finally {
    clearTimeout(timer)
  }
}
