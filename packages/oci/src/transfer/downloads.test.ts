import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { digestOf, type WorkEvent } from '@edgelift/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTransport, type Transport, type TransportOptions } from '../http/transport.ts'
import { fileSink, hashingSink } from '../testing/file-sink.ts'
import {
  type Handler,
  type ServeOptions,
  serveBytes,
  startServer,
  type TestServer,
} from '../testing/test-server.ts'
import { failureOf, QUICK } from '../testing/test-settings.ts'
import { download } from './downloads.ts'
import { memorySink } from './memory-sink.ts'

const CONTENT = randomBytes(1000)
const EXPECTED = { digest: digestOf(CONTENT), size: CONTENT.length }

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-downloads-'))
})
afterAll(() => rm(folder, { recursive: true }))

const open = (options: TransportOptions = {}): Transport =>
  openTransport({ plainHttp: ['127.0.0.1'], timeouts: QUICK, ...options })

/** A server that answers its n-th request as the n-th entry says, and the last entry for ever. */
function startScript(
  answers: readonly (Handler | ServeOptions)[],
  bytes: Uint8Array = CONTENT,
): Promise<TestServer> {
  let number = 0
  return startServer((request, response) => {
    const answer = answers[Math.min(number++, answers.length - 1)] ?? {}
    return typeof answer === 'function'
      ? answer(request, response)
      : serveBytes(request, response, { bytes, ...answer })
  })
}

const ranges = (server: TestServer) => server.requests.map(({ headers }) => headers.range)

describe('a download of unknown length', () => {
  const untold: Handler = (_request, response) => {
    response.socket?.end(
      `HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n${CONTENT.toString('latin1')}`,
      'latin1',
    )
  }
  const cut: Handler = (_request, response) => {
    const half = CONTENT.subarray(0, 500).toString('latin1')
    response.socket?.end(`HTTP/1.0 200 OK\r\nConnection: close\r\n\r\n${half}`, 'latin1')
  }
  const expected = { digest: EXPECTED.digest }

  it('is asked for again when what came may be cut', async () => {
    await using server = await startScript([cut, untold])
    await using transport = open()
    const sink = memorySink()
    await download({ url: server.url, sink, expected, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
  })

  it('ends with the mismatch when it stays so', async () => {
    await using server = await startScript([cut])
    await using transport = open()
    const failure = await failureOf(
      download({ url: server.url, sink: memorySink(), expected, transport, label: 'x' }),
    )
    expect(failure.code).toBe('DIGEST_MISMATCH')
  })

  it('is refused while it is read when it is longer than the limit, whether or not its length is told', async () => {
    const endless: Handler = (request, response) => {
      const timer = setInterval(() => response.write(Buffer.alloc(1000)), 1)
      request.socket.on('close', () => clearInterval(timer))
    }
    for (const handler of [{}, endless]) {
      await using server = await startScript([handler])
      await using transport = open()
      const work = download({ url: server.url, sink: memorySink(), limit: 999, transport, label: 'x' })
      expect((await failureOf(work)).code).toBe('CONTENT_TOO_LARGE')
      expect(server.requests).toHaveLength(1)
    }
  })
})

describe('a cut download', () => {
  it('goes on at every byte, fetching none twice', async () => {
    const bytes = CONTENT.subarray(0, 40)
    for (let cut = 0; cut < bytes.length; cut++) {
      await using server = await startScript([{ cutAfter: cut }, {}], bytes)
      await using transport = open()
      const sink = memorySink()
      const expected = { digest: digestOf(bytes), size: bytes.length }
      const result = await download({ url: server.url, sink, expected, transport, label: 'x' })
      expect(sink.bytes()).toEqual(bytes)
      expect(result).toEqual({ size: bytes.length, fetched: bytes.length })
      expect(ranges(server)).toEqual([undefined, cut === 0 ? undefined : `bytes=${cut}-`])
    }
  })

  it('survives many cuts at random bytes in one go', async () => {
    const bytes = randomBytes(3_000_000)
    const cuts = Array.from({ length: 25 }, () => ({ cutAfter: Math.floor(Math.random() * 100_000) }))
    await using server = await startScript([...cuts, {}], bytes)
    await using transport = open({ timeouts: { ...QUICK, attempts: 10 } })
    const sink = fileSink(path.join(folder, 'random'))
    const expected = { digest: digestOf(bytes), size: bytes.length }
    const result = await download({ url: server.url, sink, expected, transport, label: 'x' })
    expect(digestOf(await readFile(path.join(folder, 'random')))).toBe(expected.digest)
    expect(result).toEqual({ size: bytes.length, fetched: bytes.length })
  })

  it('is whole when only the end of the answer is missing', async () => {
    const unended: Handler = (_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' })
      response.write(CONTENT, () => response.destroy())
    }
    await using server = await startScript([unended])
    await using transport = open({ timeouts: { ...QUICK, attempts: 1 } })
    const sink = memorySink()
    await download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
  })

  it('goes on in the next process, and checks the whole', async () => {
    for (const there of [1, 500, 999, 1000]) {
      const file = path.join(folder, `process-${there}`)
      await writeFile(file, CONTENT.subarray(0, there))
      await using server = await startScript([{}])
      await using transport = open()
      const sink = fileSink(file)
      const result = await download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' })
      expect(await readFile(file)).toEqual(CONTENT)
      expect(result).toEqual({ size: 1000, fetched: 1000 - there })
      expect(sink.appends).toEqual([there])
      expect(server.requests).toHaveLength(there === 1000 ? 0 : 1)
    }
  })

  it.each([fileSink, hashingSink])(
    'begins again when what was there is damaged or too much (%o)',
    async (sinkAt) => {
      for (const there of [Buffer.alloc(500), Buffer.alloc(1000), Buffer.alloc(1001)]) {
        const file = path.join(folder, `damaged-${there.length}`)
        await writeFile(file, there)
        await using server = await startScript([{}])
        await using transport = open()
        await download({ url: server.url, sink: sinkAt(file), expected: EXPECTED, transport, label: 'x' })
        expect(await readFile(file)).toEqual(CONTENT)
      }
    },
  )

  it('empties a sink whose bytes cannot be read back', async () => {
    await using server = await startScript([{}])
    await using transport = open()
    const sink = memorySink()
    const source = fileSink(path.join(folder, 'other'))
    await writeFile(path.join(folder, 'other'), CONTENT.subarray(0, 10))
    await sink.append(0, source.existing?.() as never)
    const result = await download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' })
    expect(result.fetched).toBe(1000)
    expect(sink.bytes()).toEqual(CONTENT)
  })
})

describe('a server that is wrong about ranges', () => {
  it('ignores them: what is there already is dropped', async () => {
    await using server = await startScript([
      { cutAfter: 300 },
      { ignoreRange: true, cutAfter: 700 },
      { ignoreRange: true },
    ])
    await using transport = open()
    const sink = memorySink()
    const result = await download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
    expect(result.fetched).toBe(300 + 700 + 1000)
  })

  it.each([
    'bytes 299-999/1000',
    'bytes 301-999/1000',
    'bytes 300-999/2000',
    'bytes */1000',
    'pages 1-2/3',
    '',
  ])('answers Content-Range %j: the whole is asked for', async (header) => {
    const wrong: Handler = (_, response) => {
      response.writeHead(206, { 'content-range': header }).end(CONTENT.subarray(300))
    }
    await using server = await startScript([{ cutAfter: 300 }, wrong, {}])
    await using transport = open()
    const sink = memorySink()
    await download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
    expect(ranges(server)).toEqual([undefined, 'bytes=300-', undefined])
  })

  it.each([false, true])(
    'goes on from more bytes than there are (ranges ignored: %s)',
    async (ignoreRange) => {
      const file = path.join(folder, `longer-${ignoreRange}`)
      await writeFile(file, randomBytes(1200))
      await using server = await startScript([{ ignoreRange }])
      await using transport = open()
      const { digest } = EXPECTED
      await download({ url: server.url, sink: fileSink(file), expected: { digest }, transport, label: 'x' })
      expect(await readFile(file)).toEqual(CONTENT)
      expect(ranges(server)).toEqual(['bytes=1200-', undefined])
    },
  )

  it('answers 416', async () => {
    const refuse: Handler = (_, response) => void response.writeHead(416).end()
    await using server = await startScript([{ cutAfter: 300 }, refuse, {}])
    await using transport = open()
    const sink = memorySink()
    await download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
  })
})

describe('a download without a digest', () => {
  const other = randomBytes(1000)

  it('goes on under If-Range when the entity tag is strong', async () => {
    await using server = await startScript([{ cutAfter: 300, etag: '"a"' }, { etag: '"a"' }])
    await using transport = open()
    const sink = memorySink()
    const result = await download({ url: server.url, sink, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
    expect(result).toEqual({ size: 1000, fetched: 1000 })
    expect(server.requests[1]?.headers['if-range']).toBe('"a"')
  })

  it.each(['"b"', 'W/"a"', undefined])('begins again when the content changed (tag %s)', async (etag) => {
    const changed: Handler = (request, response) =>
      serveBytes(request, response, { bytes: other, ...(etag ? { etag } : {}) })
    await using server = await startScript([
      { cutAfter: 300, ...(etag ? { etag: etag.replace('b', 'a') } : {}) },
      changed,
    ])
    await using transport = open()
    const sink = memorySink()
    await download({ url: server.url, sink, transport, label: 'x' })
    expect(sink.bytes()).toEqual(other)
  })

  it.each<[string, Record<string, string>]>([
    ['has no entity tag', {}],
    ['has a weak entity tag', { etag: 'W/"a"' }],
    ['has another entity tag', { etag: '"b"' }],
    ['is one of another length', { etag: '"a"', 'content-range': 'bytes 300-999/2000' }],
  ])('takes no part of a server that ignores If-Range: it %s', async (_what, headers) => {
    const ignoring: Handler = (_request, response) =>
      response.writeHead(206, { 'content-range': 'bytes 300-999/1000', ...headers }).end(other.subarray(300))
    await using server = await startScript([{ cutAfter: 300, etag: '"a"' }, ignoring, {}], CONTENT)
    await using transport = open()
    const sink = memorySink()
    await download({ url: server.url, sink, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
    expect(ranges(server)).toEqual([undefined, 'bytes=300-', undefined])
  })

  it('gives up on a content that never holds still', async () => {
    let number = 0
    await using server = await startScript([
      (request, response) =>
        serveBytes(request, response, { bytes: other, cutAfter: 10, etag: `"${number++}"` }),
    ])
    await using transport = open()
    const error = await failureOf(download({ url: server.url, sink: memorySink(), transport, label: 'x' }))
    expect(error.code).toBe('TRANSFER_FAILED')
  })

  it('is never complete by a part of which nothing says where the content ends', async () => {
    const unasked: Handler = (_, response) => {
      response.writeHead(206, { 'content-range': 'bytes 0-499/*' }).end(CONTENT.subarray(0, 500))
    }
    const begun: Handler = (_, response) => {
      response.writeHead(200, { etag: '"a"' }).write(CONTENT.subarray(0, 500), () => response.destroy())
    }
    const less: Handler = (_, response) => {
      response.writeHead(206, { etag: '"a"', 'content-range': 'bytes 500-699/*' })
      response.end(CONTENT.subarray(500, 700))
    }
    for (const script of [
      [unasked, {}],
      [begun, less, {}],
    ]) {
      await using server = await startScript(script)
      await using transport = open()
      const sink = memorySink()
      await download({ url: server.url, sink, transport, label: 'x' })
      expect(sink.bytes()).toEqual(CONTENT)
    }
  })

  it('goes on after a part that nobody asked for', async () => {
    const part = (from: number, to: number): Handler => {
      const headers = { etag: '"a"', 'content-range': `bytes ${from}-${to - 1}/1000` }
      return (_, response) => response.writeHead(206, headers).end(CONTENT.subarray(from, to))
    }
    await using server = await startScript([part(0, 400), part(400, 1000)])
    await using transport = open()
    const sink = memorySink()
    await download({ url: server.url, sink, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
    expect(ranges(server)).toEqual([undefined, 'bytes=400-'])
  })

  it.each(['text/html', 'application/xhtml+xml'])('does not take a page for a file: %s', async (type) => {
    const page: Handler = (_, response) => {
      response
        .writeHead(200, { 'content-type': `${type}; charset=utf-8` })
        .end('<title>Please log in</title>')
    }
    await using server = await startScript([page])
    await using transport = open()
    const error = await failureOf(
      download({ url: `${server.url}/k3s`, sink: memorySink(), transport, label: 'k3s' }),
    )
    expect(error.code).toBe('TRANSFER_FAILED')
    expect(error.because?.en).toContain(`${type}; charset=utf-8: "Please log in"`)
  })
})

describe('trouble', () => {
  it('is survived: 503, 429 with Retry-After, resets, stalls', async () => {
    const busy: Handler = (_, response) => void response.writeHead(503).end('busy')
    const limited: Handler = (_, response) => void response.writeHead(429, { 'retry-after': '0' }).end()
    const reset: Handler = (request) => void request.socket.destroy()
    const stall: Handler = (_, response) => {
      response.writeHead(200, { 'content-length': 1000 }).write(CONTENT.subarray(0, 100))
    }
    await using server = await startScript([busy, limited, reset, stall, {}])
    await using transport = open({ timeouts: { ...QUICK, attempts: 5 } })
    const sink = memorySink()
    const result = await download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' })
    expect(sink.bytes()).toEqual(CONTENT)
    expect(result.fetched).toBe(1000)
  })

  it('waits as long as Retry-After asks', async () => {
    const limited: Handler = (_, response) => void response.writeHead(429, { 'retry-after': '1' }).end()
    await using server = await startScript([limited, {}])
    const events: WorkEvent[] = []
    await using transport = open({ report: (event) => events.push(event) })
    const started = performance.now()
    await download({ url: server.url, sink: memorySink(), expected: EXPECTED, transport, label: 'x' })
    expect(performance.now() - started).toBeGreaterThan(990)
    expect(events.some((event) => event.type === 'wait' && event.deadline === 1)).toBe(true)
  })

  it.each(['0', 'Wed, 21 Oct 2015 07:28:00 GMT'])(
    'pauses where Retry-After asks for no pause: %s',
    async (header) => {
      const limited: Handler = (_, response) => void response.writeHead(503, { 'retry-after': header }).end()
      await using server = await startScript([limited, limited, {}])
      await using transport = open({ timeouts: { ...QUICK, backoff: 200, maxBackoff: 200 } })
      const started = performance.now()
      await download({ url: server.url, sink: memorySink(), expected: EXPECTED, transport, label: 'x' })
      expect(performance.now() - started).toBeGreaterThan(190) // two pauses of at least half of 200 ms
    },
  )

  it('ends with an account of what was tried', async () => {
    const busy: Handler = (_, response) => {
      response.writeHead(503, { 'content-type': 'text/plain' }).end('over\u0000loaded')
    }
    const reset: Handler = (request) => void request.socket.destroy()
    await using server = await startScript([busy, busy, reset, busy, reset])
    await using transport = open()
    const url = `${server.url}/file?sig=s3cret`
    const error = await failureOf(
      download({ url, sink: memorySink(), expected: EXPECTED, transport, label: 'the file' }),
    )
    expect(error.code).toBe('TRANSFER_FAILED')
    expect(error.what.en).toContain('the file')
    expect(error.because?.en).toMatch(
      /tried 5 times in \d+ s: 3 × status 503 \(text\/plain: "over loaded"\); 2 × .*; last: .*cut/,
    )
    expect(error.because?.zh).toContain('尝试 5 次')
    expect(JSON.stringify(error)).not.toContain('s3cret')
  })

  it('ends when a server asks for more patience than there is', async () => {
    const limited: Handler = (_, response) => void response.writeHead(429, { 'retry-after': '3600' }).end()
    await using server = await startScript([limited])
    await using transport = open()
    const error = await failureOf(
      download({ url: server.url, sink: memorySink(), expected: EXPECTED, transport, label: 'x' }),
    )
    expect(error.because?.en).toContain('the next attempt would be in 3600 s, past the limit of 5 s')
  })

  it('ends at the deadline even when bytes trickle in', async () => {
    await using server = await startScript([{ cutAfter: 1 }], randomBytes(100_000))
    await using transport = open({ timeouts: { ...QUICK, total: 100 } })
    const error = await failureOf(
      download({
        url: server.url,
        sink: memorySink(),
        expected: { ...EXPECTED, size: 100_000 },
        transport,
        label: 'x',
      }),
    )
    expect(error.code).toBe('TRANSFER_FAILED')
  })

  it('is not retried when it is an answer', async () => {
    await using server = await startScript([(_, response) => void response.writeHead(404).end('gone')])
    await using transport = open()
    const error = await failureOf(download({ url: server.url, sink: memorySink(), transport, label: 'x' }))
    expect(error.code).toBe('SOURCE_NOT_FOUND')
    expect(server.requests).toHaveLength(1)
  })
})

describe('wrong content', () => {
  it.each([fileSink, hashingSink])(
    'is an error that names both digests, and leaves the sink empty (%o)',
    async (sinkAt) => {
      const wrong = randomBytes(1000)
      await using server = await startScript([{}], wrong)
      await using transport = open()
      const sink = sinkAt(path.join(folder, 'wrong'))
      const error = await failureOf(
        download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' }),
      )
      expect(error.code).toBe('DIGEST_MISMATCH')
      expect(error.because?.en).toContain(EXPECTED.digest)
      expect(error.because?.en).toContain(digestOf(wrong))
      expect(await sink.offset()).toBe(0)
      expect(server.requests).toHaveLength(1)
    },
  )

  it('shows in a Content-Length that lies, before a byte is taken', async () => {
    await using server = await startScript([{ headers: { 'content-length': '999' } }])
    await using transport = open()
    const error = await failureOf(
      download({ url: server.url, sink: memorySink(), expected: EXPECTED, transport, label: 'x' }),
    )
    expect(error.because?.en).toContain('Content-Length is 999, the content has 1000 bytes')
  })

  it('may be longer than it should', async () => {
    const long: Handler = (_, response) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' })
      response.write(CONTENT)
      response.end('more')
    }
    await using server = await startScript([long])
    await using transport = open()
    for (const [sink, expected, code] of [
      [memorySink(), EXPECTED, 'SIZE_MISMATCH'],
      [hashingSink(path.join(folder, 'long')), EXPECTED, 'SIZE_MISMATCH'],
      [memorySink(), { size: 1000 }, 'TRANSFER_FAILED'],
    ] as const) {
      const error = await failureOf(download({ url: server.url, sink, expected, transport, label: 'x' }))
      expect(error.code).toBe(code)
    }
  })
})

describe('a sink that fails', () => {
  it('ends the download with its own error and no further attempt', async () => {
    await using server = await startScript([{}], randomBytes(5_000_000))
    await using transport = open()
    for (const early of [true, false]) {
      const sink = memorySink()
      const error = new Error('no space')
      const broken = {
        ...sink,
        async append(_from: number, body: AsyncIterable<Buffer>) {
          if (early) throw error
          for await (const _ of body) throw error
        },
      }
      await expect(download({ url: server.url, sink: broken, transport, label: 'x' })).rejects.toBe(error)
    }
    expect(server.requests.length).toBeLessThanOrEqual(2)
  })

  it.each([0, 1_000_000])(
    'ends it also before a byte was read, with %i bytes there already',
    async (kept) => {
      const bytes = randomBytes(5_000_000)
      await using server = await startScript([{}], bytes)
      await using transport = open({ timeouts: { ...QUICK, stall: 60_000 } })
      const error = new Error('no permission')
      const sink = {
        offset: async () => kept,
        existing: () => Readable.from([bytes.subarray(0, kept)]),
        append: () => Promise.reject(error),
        reset: async () => {},
      }
      const expected = { digest: digestOf(bytes), size: bytes.length }
      await expect(download({ url: server.url, sink, expected, transport, label: 'x' })).rejects.toBe(error)
    },
    10_000,
  )
})

it('reports every byte once and the end', async () => {
  const events: WorkEvent[] = []
  await using server = await startScript([{ cutAfter: 600 }, {}])
  await using transport = open({ report: (event) => events.push(event) })
  await download({
    url: `${server.url}/f?x=s3cret`,
    sink: memorySink(),
    expected: EXPECTED,
    transport,
    label: 'f',
  })
  const id = `${server.url}/f?…`
  expect(events.at(-2)).toEqual({ type: 'transfer', id, label: 'f', done: 1000, total: 1000 })
  expect(events.at(-1)).toEqual({ type: 'transferred', id, label: 'f', fetched: 1000 })
})

it('reports a transfer that failed as partial', async () => {
  const events: WorkEvent[] = []
  await using server = await startScript([
    { cutAfter: 600 },
    (_request, response) => void response.writeHead(404).end(),
  ])
  await using transport = open({ report: (event) => events.push(event) })
  await failureOf(
    download({ url: server.url, sink: memorySink(), expected: EXPECTED, transport, label: 'f' }),
  )
  expect(events.at(-1)).toMatchObject({ type: 'transferred', label: 'f', fetched: 600, partial: true })
})

it('takes empty content', async () => {
  await using server = await startScript([{}], Buffer.alloc(0))
  await using transport = open()
  const sink = memorySink()
  expect(await download({ url: server.url, sink, transport, label: 'x' })).toEqual({ size: 0, fetched: 0 })
  const expected = { digest: digestOf(''), size: 0 }
  expect(await download({ url: server.url, sink, expected, transport, label: 'x' })).toEqual({
    size: 0,
    fetched: 0,
  })
})

it('stops when the signal comes, and keeps what arrived', async () => {
  const stop = new AbortController()
  const slow: Handler = (_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write(CONTENT.subarray(0, 100))
    setTimeout(() => stop.abort(), 50)
  }
  await using server = await startScript([slow])
  await using transport = open({ signal: stop.signal })
  const sink = fileSink(path.join(folder, 'stopped'))
  const error = await failureOf(
    download({ url: server.url, sink, expected: EXPECTED, transport, label: 'x' }),
  )
  expect(error.code).toBe('INTERRUPTED')
  expect(error.exit).toBe(5)
  expect(await sink.offset()).toBe(100)
})
