import { type Coding, codingOf, decoded } from '../http/content-coding.ts'
import type { Response } from '../http/transport.ts'
import { bareMediaType } from '../manifest/media-types.ts'

/**
 * How a body with a `Content-Encoding` is taken. Some servers mean by it what is compressed on the way (`decoded`), others the
 * file itself, which is a `.tar.gz` (`raw`): only the digest of the content knows.
 */
export type BodyForm = 'raw' | 'decoded'

export function otherForm(form: BodyForm): BodyForm {
  return form === 'raw' ? 'decoded' : 'raw'
}

/** What a response most likely means by its `Content-Encoding`; undefined where it has none that can be undone. */
export function formOf(
  response: Response,
  { size, coding }: { readonly size: number | undefined; readonly coding?: BodyForm | undefined },
): BodyForm | undefined {
  const sent = codingOf(response)
  if (sent === undefined) return undefined
  if (coding !== undefined) return coding
  const length = response.status === 206 ? totalOf(response) : lengthOf(response)
  if (size !== undefined && length !== undefined) return length === size ? 'raw' : 'decoded'
  return sent === 'gzip' && isGzipFile(response) ? 'raw' : 'decoded'
}

/** A file that is gzip itself: browsers, too, keep such a one as it is. */
function isGzipFile({ url, headers }: Response): boolean {
  const type = bareMediaType(headers['content-type'])
  return (
    /\.(t?gz|taz)$/i.test(new URL(url).pathname) ||
    /^application\/(x-)?(gzip|tgz|gzip-compressed)$/.test(type)
  )
}

/** The pieces of a body, each counted as it came over the network. */
export function chunksOf(
  response: Response,
  form: BodyForm | undefined,
  received: (bytes: number) => void,
): AsyncIterable<Buffer> {
  const body = response.body as AsyncIterable<Buffer>
  const coding: Coding | undefined = form === 'decoded' ? codingOf(response) : undefined
  return coding === undefined ? counted(body, received) : decoded(body, coding, received)
}

async function* counted(
  body: AsyncIterable<Buffer>,
  received: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    received(chunk.length)
    yield chunk
  }
}

/** `Content-Length`; undefined where there is none. */
export function lengthOf({ headers }: Response): number | undefined {
  const text = headers['content-length']
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined
}

function totalOf({ headers }: Response): number | undefined {
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1]
  return total === undefined ? undefined : Number(total)
}
