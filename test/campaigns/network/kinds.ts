import { type Answer, type Asked, bodyOf, textAnswer } from '../../support/upstream/exchange.ts'
import {
  cut,
  delay,
  drip,
  expiredToken,
  htmlPage,
  ignoreRange,
  longerBody,
  lyingLength,
  type Misbehaviour,
  missing,
  redirectElsewhere,
  reset,
  stall,
  status,
  tooManyRequests,
  withoutPlatform,
  wrongBytes,
  wrongContentRange,
} from '../../support/upstream/faults.ts'
import type { Random } from '../random.ts'

/** What part of the upstream a fault fits. */
export type Target = 'any' | 'blob' | 'manifest' | 'token' | 'verified'

/** A misbehaviour, or one that draws from the case's own random numbers. */
type Act = Misbehaviour | ((random: Random) => Misbehaviour)

export interface Kind {
  readonly name: string
  readonly target: Target
  readonly act: Act
  /** Costs no byte of content: what arrived before it is used. */
  readonly resumes?: true
  /** Waits for a limit of time, which takes a minute on the real clock. */
  readonly waits?: true
}

const kind = (name: string, target: Target, act: Act, more: Partial<Kind> = {}): Kind => ({
  name,
  target,
  act,
  ...more,
})

const raw = (text: string): Misbehaviour => ({
  before: () => ({ status: 200, headers: {}, raw: true, body: bodyOf(Buffer.from(text, 'latin1')) }),
})
/** A body that goes on for ever, a byte at a time. */
const dripping = (head: string): Misbehaviour => ({
  before: (asked) => ({ status: 200, headers: {}, raw: true, body: bytewise(asked, head) }),
})
const headers = (changed: Readonly<Record<string, string>>): Misbehaviour => ({
  after: (answer) => ({ ...answer, headers: { ...answer.headers, ...changed } }),
})
const json = (text: string): Misbehaviour => ({
  before: () => textAnswer(200, text, { 'content-type': 'application/json' }),
})
const untold: Misbehaviour = { after: (answer) => without(answer, 'content-length') }

async function* bytewise(asked: Asked, head: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(head, 'latin1')
  while (!asked.signal.aborted) {
    yield Buffer.from('x')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

function without(answer: Answer, name: string): Answer {
  const { [name]: _, ...rest } = answer.headers
  return { ...answer, headers: rest }
}

const OK = 'HTTP/1.1 200 OK\r\n'
const DEEP = '['.repeat(20_000)

const STATUSES = [400, 401, 403, 408, 410, 416, 418, 425, 429, 451, 500, 501, 502, 503, 504, 520, 599]

/** Every kind of fault of the campaign. */
export const KINDS: readonly Kind[] = [
  ...STATUSES.map((code) => kind(`status ${code}`, 'any', status(code))),
  kind('status 204 without a body', 'any', status(204)),
  kind('status 206 without a range', 'any', status(206)),
  kind('status 304 unasked', 'any', status(304)),
  kind('404', 'any', missing()),
  kind('429 for 0 s', 'any', tooManyRequests(0)),
  kind('429 for 1 s', 'any', tooManyRequests(1)),
  kind('429 for a year', 'any', tooManyRequests(31_536_000)),
  kind('429 until a date that has passed', 'any', tooManyRequests(new Date(0))),
  kind('Retry-After of garbage', 'any', status(503, { 'retry-after': 'soon, -1' })),
  kind('cut before the first byte', 'any', cut({ bytes: 0 }), { resumes: true }),
  kind('cut after a byte', 'any', cut({ bytes: 1 }), { resumes: true }),
  kind('cut at 10 %', 'blob', cut({ share: 0.1 }), { resumes: true }),
  kind('cut at half', 'blob', cut({ share: 0.5 }), { resumes: true }),
  kind('cut at 99 %', 'blob', cut({ share: 0.99 }), { resumes: true }),
  kind('stall before the first byte', 'any', stall({ bytes: 0 }), { resumes: true, waits: true }),
  kind('stall at half', 'blob', stall({ share: 0.5 }), { resumes: true, waits: true }),
  kind('reset', 'any', reset(), { resumes: true }),
  kind('late response', 'any', delay(100), { resumes: true }),
  kind('response after the deadline', 'any', delay(90_000), { waits: true }),
  kind('slow body', 'any', drip(2_000_000), { resumes: true }),
  kind('20 bytes a second', 'any', drip(20), { waits: true }),
  kind('web page', 'any', htmlPage()),
  kind('one bit flipped', 'verified', wrongBytes()),
  kind('a length of one more', 'any', lyingLength(1)),
  kind('a length of 1,000 more', 'any', lyingLength(1000)),
  kind('a length of one less', 'verified', lyingLength(-1)),
  kind('one byte more', 'verified', longerBody(1)),
  kind('a megabyte more', 'verified', longerBody(1_000_000)),
  kind('empty body', 'verified', { before: () => textAnswer(200, '') }),
  kind('another body', 'verified', { before: () => textAnswer(200, 'hello') }),
  kind('chunked, no length', 'any', untold),
  kind('chunked, cut', 'any', {
    after: async (answer, asked) => {
      const half = await cut({ share: 0.5 }).after?.(answer, asked)
      return without(half ?? answer, 'content-length')
    },
  }),
  kind('range ignored', 'any', ignoreRange()),
  kind('range shifted by one', 'blob', wrongContentRange(1)),
  kind('Content-Range of garbage', 'blob', headers({ 'content-range': 'bytes a-b/c' })),
  kind('weak entity tag', 'any', headers({ etag: 'W/"1"' })),
  kind('another entity tag', 'blob', (random) => ({
    after: (answer) => ({
      ...answer,
      headers: { ...answer.headers, etag: `"${random.below(2 ** 32)}"` },
    }),
  })),
  kind('Content-Encoding: gzip, not so', 'any', headers({ 'content-encoding': 'gzip' })),
  kind('expired token', 'any', expiredToken()),
  kind('redirect elsewhere', 'blob', redirectElsewhere()),
  kind('redirect to itself', 'any', { before: (asked) => textAnswer(307, '', { location: asked.path }) }),
  kind('redirect to no URL', 'any', status(302, { location: 'http://[' })),
  kind('redirect to another scheme', 'any', status(302, { location: 'ftp://127.0.0.1/x' })),
  kind('redirect without a target', 'any', status(302)),
  kind('redirect to a closed port', 'any', status(302, { location: 'http://127.0.0.1:1/x' })),
  kind(
    'redirect whose body drips',
    'any',
    dripping('HTTP/1.1 307 T\r\nLocation: /x\r\nContent-Length: 100000\r\n\r\n'),
    { waits: true },
  ),
  kind('platform missing', 'manifest', withoutPlatform('linux/amd64')),
  kind('media type twice', 'manifest', {
    after: (answer) => ({
      ...answer,
      headers: {
        ...answer.headers,
        'content-type': `${answer.headers['content-type']}, ${answer.headers['content-type']}`,
      },
    }),
  }),
  kind('media type text/json', 'manifest', headers({ 'content-type': 'text/json' })),
  kind('no media type', 'manifest', { after: (answer) => without(answer, 'content-type') }),
  kind(
    'wrong media type',
    'manifest',
    headers({ 'content-type': 'application/vnd.docker.distribution.manifest.v1+json' }),
  ),
  kind('wrong digest header', 'manifest', headers({ 'docker-content-digest': `sha256:${'0'.repeat(64)}` })),
  kind('manifest nested 20,000 deep', 'manifest', json(DEEP)),
  kind('manifest that is a list', 'manifest', json('[]')),
  kind('manifest that is null', 'manifest', json('null')),
  kind('manifest of schema 1', 'manifest', json('{"schemaVersion":1}')),
  kind('manifest and index at once', 'manifest', json('{"schemaVersion":2,"layers":[],"manifests":[]}')),
  kind('manifest with __proto__', 'manifest', json('{"schemaVersion":2,"__proto__":{"config":1}}')),
  kind('manifest that is not UTF-8', 'manifest', {
    before: () => ({
      ...textAnswer(200, ''),
      headers: { 'content-length': '3' },
      body: bodyOf(Buffer.from([0xff, 0xfe, 0x7b])),
    }),
  }),
  kind('manifest of 5 MB', 'manifest', json(' '.repeat(5_000_000))),
  kind('token null', 'token', json('{"token":null}')),
  kind('token of garbage', 'token', json('"x"')),
  kind('token that nobody accepts', 'token', json('{"token":"wrong","expires_in":"300"}')),
  kind('token that is deep', 'token', json(DEEP)),
  kind('token with a line break', 'token', json('{"token":"a\\r\\nX-Injected: 1"}')),
  kind('token that has expired', 'token', json('{"token":"wrong","expires_in":-5}')),
  kind('garbage before the status line', 'any', raw(`\x00\x01garbage\r\n${OK}\r\n`)),
  kind('no status line', 'any', raw('<html>hello</html>\r\n\r\n')),
  kind('HTTP/9.9', 'any', raw('HTTP/9.9 200 OK\r\n\r\n')),
  kind('status of letters', 'any', raw('HTTP/1.1 abc OK\r\n\r\n')),
  kind('NUL in a header', 'any', raw(`${OK}X-A: a\x00b\r\nContent-Length: 1\r\n\r\nx`)),
  kind('header without a colon', 'any', raw(`${OK}nonsense\r\n\r\n`)),
  kind('headers of a megabyte', 'any', raw(`${OK}${'X-A: '.padEnd(1000, 'a')}\r\n`.repeat(1000))),
  kind('negative length', 'any', raw(`${OK}Content-Length: -1\r\n\r\nx`)),
  kind('length of letters', 'any', raw(`${OK}Content-Length: ten\r\n\r\nx`)),
  kind('two lengths', 'any', raw(`${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy`)),
  kind(
    'length and chunks',
    'verified',
    raw(`${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`),
  ),
  kind('bad chunk size', 'any', raw(`${OK}Transfer-Encoding: chunked\r\n\r\nzz\r\nx\r\n`)),
  kind('chunk without end', 'any', raw(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nab`)),
  kind('headers cut', 'any', raw('HTTP/1.1 200 O')),
  kind('HTTP/1.0 without a length', 'any', raw('HTTP/1.0 200 OK\r\n\r\nhello')),
  kind('TLS alert', 'any', raw('\x15\x03\x01\x00\x02\x02\x46')),
  kind('headers that drip', 'any', dripping(`${OK}X-Long: `), { waits: true }),
  kind('body that drips', 'any', dripping(`${OK}Content-Length: 100000\r\n\r\n`), { waits: true }),
  kind('chunks that drip', 'any', dripping(`${OK}Transfer-Encoding: chunked\r\n\r\nffff\r\n`), {
    waits: true,
  }),
  kind('error body that drips', 'any', dripping('HTTP/1.1 403 No\r\nContent-Length: 100000\r\n\r\n'), {
    waits: true,
  }),
  kind('terminal escapes in an error', 'any', {
    before: () => textAnswer(403, '\u001b]0;x\u0007\u202e{"errors":[{}]}'),
  }),
  kind('errors that are deep', 'any', { before: () => textAnswer(500, DEEP) }),
]
