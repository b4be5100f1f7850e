import { type Answer, type Asked, bodyOf, ConnectionEnds, NO_BODY, textAnswer } from './exchange.ts'

/** How an upstream misbehaves: by changing what was asked, by answering at once, or by changing the answer. */
export interface Misbehaviour {
  before?(asked: Asked): Asked | Answer
  after?(answer: Answer, asked: Asked): Answer | Promise<Answer>
}

/** Which requests. All that is given has to hold. */
export interface Matching {
  readonly method?: 'GET' | 'HEAD' | 'POST'
  /** A part of the decoded path, or a pattern. */
  readonly path?: string | RegExp
  /** Only these among the requests that match, counted from 1. */
  readonly nth?: number | readonly number[]
  /** The same, counted for each path by itself: `1` is the first request for every blob. */
  readonly nthOfPath?: number | readonly number[]
}

export interface Fault {
  readonly matching: Matching
  readonly misbehaviours: readonly Misbehaviour[]
}

/** A rule of misbehaviour. Those that match the same request act one after the other, in the order given. */
export function on(matching: Matching, ...misbehaviours: Misbehaviour[]): Fault {
  return { matching, misbehaviours }
}

/** The body ends after `bytes`, or after that `share` of it, and the connection with it. */
export function cut(at: { readonly bytes: number } | { readonly share: number }): Misbehaviour {
  return { after: (answer) => ({ ...answer, body: upTo(answer, at, () => ends('cut')) }) }
}

/** As {@link cut}, but the connection stays open and nothing more comes. */
export function stall(at: { readonly bytes: number } | { readonly share: number }): Misbehaviour {
  return { after: (answer, asked) => ({ ...answer, body: upTo(answer, at, () => silence(asked.signal)) }) }
}

/** The connection is reset before an answer. */
export function reset(): Misbehaviour {
  return {
    after: (answer) => ({ ...answer, status: 0, body: upTo(answer, { bytes: 0 }, () => ends('reset')) }),
  }
}

/** The body comes at this speed, in small pieces. */
export function drip(bytesPerSecond: number): Misbehaviour {
  return { after: (answer) => ({ ...answer, body: slowly(answer.body, bytesPerSecond) }) }
}

/** The answer comes this much later. */
export function delay(milliseconds: number): Misbehaviour {
  return { after: (answer) => sleep(milliseconds).then(() => answer) }
}

/** 429 with `Retry-After` in seconds, or as a date. */
export function tooManyRequests(retryAfter: number | Date): Misbehaviour {
  const value = typeof retryAfter === 'number' ? String(retryAfter) : retryAfter.toUTCString()
  return { before: () => textAnswer(429, 'toomanyrequests\n', { 'retry-after': value }) }
}

/** An error of the server, or any other status. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Misbehaviour {
  return { before: () => textAnswer(code, `status ${code}\n`, headers) }
}

/** What a captive portal or an error page of a proxy looks like: 200 and a page. */
export function htmlPage(): Misbehaviour {
  const page = '<!doctype html><title>Sign in</title><p>Please sign in to the network.</p>\n'
  return { before: () => textAnswer(200, page, { 'content-type': 'text/html; charset=utf-8' }) }
}

/** As long as it should be, and one bit is not what it should be. */
export function wrongBytes(): Misbehaviour {
  return { after: (answer) => ({ ...answer, body: flipped(answer.body) }) }
}

/** `Content-Length` says `delta` more (or, below zero, fewer) bytes than come. */
export function lyingLength(delta: number): Misbehaviour {
  return {
    after: (answer) => ({
      ...answer,
      headers: {
        ...answer.headers,
        'content-length': String(Number(answer.headers['content-length'] ?? 0) + delta),
        connection: 'close',
      },
    }),
  }
}

/** The body is `extra` bytes longer than the content, and `Content-Length` is right about that. */
export function longerBody(extra: number): Misbehaviour {
  return {
    after: (answer) => ({
      ...answer,
      headers: {
        ...answer.headers,
        'content-length': String(Number(answer.headers['content-length'] ?? 0) + extra),
      },
      body: followedBy(answer.body, new Uint8Array(extra)),
    }),
  }
}

/** The token that came with it is no longer good. A token asked for anew is. */
export function expiredToken(): Misbehaviour {
  return {
    before: (asked) => ({ ...asked, headers: { ...asked.headers, authorization: 'Bearer expired' } }),
  }
}

/** A redirect to the second server, as Docker Hub does it for blobs. */
export function redirectElsewhere(): Misbehaviour {
  return {
    before: (asked) => ({
      status: 307,
      headers: {
        location: `${asked.elsewhere}${encodeURI(asked.path)}?signature=secret`,
        'content-length': '0',
      },
      body: NO_BODY,
    }),
  }
}

/** An index does not hold this platform (`linux/arm64`). */
export function withoutPlatform(platform: string): Misbehaviour {
  return { after: (answer) => editIndex(answer, platform) }
}

/** There is no such thing. */
export function missing(): Misbehaviour {
  const body = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}'
  return { before: () => textAnswer(404, body, { 'content-type': 'application/json' }) }
}

/** The whole content with 200, whatever range was asked for. */
export function ignoreRange(): Misbehaviour {
  return { before: (asked) => ({ ...asked, headers: { ...asked.headers, range: undefined } }) }
}

/** A partial answer says that it begins `shift` bytes from where it does. */
export function wrongContentRange(shift = 1): Misbehaviour {
  return {
    after: (answer) => {
      const range = answer.headers['content-range']
      if (range === undefined) return answer
      const moved = range.replace(/\d+/, (start) => String(Number(start) + shift))
      return { ...answer, headers: { ...answer.headers, 'content-range': moved } }
    },
  }
}

/** Settings through the rules: what they do before, then `answer`, then what they do after. */
export function misbehaving(
  faults: readonly Fault[],
  answer: (asked: Asked) => Promise<Answer>,
): (asked: Asked) => Promise<Answer> {
  const seen = new Map<Fault, Map<string, number>>()
  return async (asked) => {
    const acts = faults.filter((fault) => matches(fault, asked, seen)).flatMap((fault) => fault.misbehaviours)
    let changed = asked
    let early: Answer | undefined
    for (const act of acts) {
      const result = early === undefined ? act.before?.(changed) : undefined
      if (result === undefined) continue
      if ('status' in result) early = result
      else changed = result
    }
    let result = early ?? (await answer(changed))
    for (const act of acts) result = (await act.after?.(result, changed)) ?? result
    return result
  }
}

function matches(fault: Fault, asked: Asked, seen: Map<Fault, Map<string, number>>): boolean {
  const { method, path, nth, nthOfPath } = fault.matching
  if (method !== undefined && method !== asked.method) return false
  if (typeof path === 'string' && !asked.path.includes(path)) return false
  if (path instanceof RegExp && !path.test(asked.path)) return false
  const counts = seen.get(fault) ?? new Map<string, number>()
  seen.set(fault, counts)
  const count = (key: string): number => {
    const next = (counts.get(key) ?? 0) + 1
    counts.set(key, next)
    return next
  }
  const [all, own] = [count(''), count(asked.path)]
  return isAmong(nth, all) && isAmong(nthOfPath, own)
}

function isAmong(wanted: number | readonly number[] | undefined, value: number): boolean {
  return wanted === undefined || (typeof wanted === 'number' ? wanted === value : wanted.includes(value))
}

async function* upTo(
  answer: Answer,
  at: { readonly bytes: number } | { readonly share: number },
  then: () => Promise<never>,
): AsyncGenerator<Uint8Array> {
  const length = Number(answer.headers['content-length'] ?? 0)
  let left = 'bytes' in at ? at.bytes : Math.floor(length * at.share)
  for await (const chunk of answer.body) {
    if (left > 0) yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) await then()
  }
  if (left >= 0 && 'bytes' in at && at.bytes === 0) await then()
}

async function ends(how: 'cut' | 'reset'): Promise<never> {
  throw new ConnectionEnds(how)
}

function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const gone = (): void => reject(new ConnectionEnds('cut'))
    if (signal.aborted) gone()
    else signal.addEventListener('abort', gone, { once: true })
  })
}

async function* slowly(body: AsyncIterable<Uint8Array>, bytesPerSecond: number): AsyncGenerator<Uint8Array> {
  const piece = Math.max(1, Math.floor(bytesPerSecond / 20))
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += piece) {
      yield chunk.subarray(at, at + piece)
      await sleep(50)
    }
  }
}

async function* flipped(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let done = false
  for await (const chunk of body) {
    const copy = Buffer.from(chunk)
    if (!done && copy.length > 0) copy[0] = (copy[0] ?? 0) ^ 1
    done = true
    yield copy
  }
}

async function* followedBy(body: AsyncIterable<Uint8Array>, rest: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* body
  yield rest
}

async function editIndex(answer: Answer, platform: string): Promise<Answer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer.body) chunks.push(chunk)
  const whole = { ...answer, body: bodyOf(Buffer.concat(chunks)) }
  const type = answer.headers['content-type'] ?? ''
  if (!type.includes('index') && !type.includes('manifest.list')) return whole
  const index = JSON.parse(Buffer.concat(chunks).toString()) as {
    manifests: { platform?: { os: string; architecture: string } }[]
  }
  const kept = index.manifests.filter(
    (one) => `${one.platform?.os}/${one.platform?.architecture}` !== platform,
  )
  const bytes = Buffer.from(JSON.stringify({ ...index, manifests: kept }))
  const { 'docker-content-digest': _, ...headers } = answer.headers
  return { ...answer, headers: { ...headers, 'content-length': String(bytes.length) }, body: bodyOf(bytes) }
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
