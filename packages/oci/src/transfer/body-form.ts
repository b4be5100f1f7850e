import { Readable } from 'node:stream'
import { type Coding, codingOf, decoded, decodedWhole } from '../http/content-coding.ts'
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
function formOf(
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

/**
 * A response, and how its body is to be taken. Where no digest decides and the file is gzip itself, its beginning shows whether
 * it was compressed once more on the way.
 */
export async function shaped(
  response: Response,
  options: {
    readonly size: number | undefined
    readonly coding?: BodyForm | undefined
    readonly hasDigest: boolean
  },
): Promise<{ readonly response: Response; readonly form: BodyForm | undefined }> {
  const form = formOf(response, options)
  const isGuess = form === 'raw' && options.coding === undefined && !options.hasDigest
  if (!isGuess || response.status !== 200) return { response, form }
  const pieces = (response.body as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const first: Buffer[] = []
  for (let size = 0; size < PEEKED; ) {
    const next = await pieces.next()
    if (next.done) break
    first.push(next.value)
    size += next.value.length
  }
  const body = Readable.from(again(first, pieces), { objectMode: false })
  body.on('error', () => {}) // told by the iteration
  body.once('close', () => response.body.destroy()) // a generator that has not begun closes nothing
  return { response: { ...response, body }, form: holdsGzip(Buffer.concat(first)) ? 'decoded' : 'raw' }
}

async function* again(first: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* first
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

const PEEKED = 4096 // bytes, which deflate makes 4 MiB at most

function holdsGzip(beginning: Buffer): boolean {
  const peeked = beginning.subarray(0, PEEKED)
  try {
    const inside = decodedWhole(peeked, 'gzip', { limit: 2048 * PEEKED, isBeginning: true })
    return inside !== peeked && inside[0] === 0x1f && inside[1] === 0x8b
  } catch {
    return false // damaged: as it came, it is found out by whoever unpacks it
  }
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
