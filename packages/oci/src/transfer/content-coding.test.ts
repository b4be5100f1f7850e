import { randomBytes } from 'node:crypto'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { type Digest, digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { openTransport } from '../http/transport.ts'
import { type Handler, serveBytes, startServer } from '../testing/test-server.ts'
import { failureOf, QUICK } from '../testing/test-settings.ts'
import { download } from './downloads.ts'
import { memorySink } from './memory-sink.ts'

const CONTENT = Buffer.from(randomBytes(40_000).toString('hex'))
const FILE = gzipSync(randomBytes(2000)) // a file that is gzip itself
const digested = (bytes: Buffer) => ({ digest: digestOf(bytes) })
const sized = (bytes: Buffer) => ({ digest: digestOf(bytes), size: bytes.length })

const coded =
  (coding: string, body: Uint8Array, more: Record<string, string | number> = {}): Handler =>
  (_request, response) =>
    response.writeHead(200, { 'content-encoding': coding, ...more }).end(body)

interface Wanted {
  readonly expected?: { readonly digest: Digest; readonly size?: number }
  readonly path?: string
  readonly limit?: number
}

async function fetched(answers: Handler | readonly Handler[], { path = '', ...wanted }: Wanted = {}) {
  const script = Array.isArray(answers) ? answers : [answers]
  let number = 0
  await using server = await startServer((request, response) =>
    script[Math.min(number++, script.length - 1)](request, response),
  )
  await using transport = openTransport({ plainHttp: ['127.0.0.1'], timeouts: QUICK })
  const sink = memorySink()
  const options = { ...wanted, url: `${server.url}${path}`, sink, transport, label: 'x' }
  const { size } = await download(options)
  return { bytes: Buffer.from(sink.bytes()), size, requests: server.requests }
}

describe.each([
  ['gzip', gzipSync(CONTENT)],
  ['X-GZIP', gzipSync(CONTENT)],
  ['deflate', deflateSync(CONTENT)],
  ['deflate', deflateRawSync(CONTENT)],
  ['br', brotliCompressSync(CONTENT)],
  ['identity, gzip', gzipSync(CONTENT)],
])('content that was compressed on the way (%s)', (coding, body) => {
  it.each([
    ['size and digest', sized(CONTENT)],
    ['a digest', digested(CONTENT)],
    ['nothing', undefined],
  ])('is what it was before, where %s is known', async (_, expected) => {
    for (const more of [{}, { 'content-length': body.length }]) {
      const { bytes, size } = await fetched(
        coded(coding, body, more),
        expected === undefined ? {} : { expected },
      )
      expect(bytes.equals(CONTENT)).toBe(true)
      expect(size).toBe(CONTENT.length)
    }
  })
})

describe('a gzip file that its server calls coded', () => {
  it.each<[string, Wanted, Record<string, string | number>]>([
    ['its size', { expected: sized(FILE) }, { 'content-length': FILE.length }],
    ['its digest', { expected: digested(FILE) }, { 'content-length': FILE.length }],
    ['its size, without Content-Length', { expected: sized(FILE) }, {}],
    ['its name', { path: '/file.tgz' }, {}],
    ['its type', {}, { 'content-type': 'application/x-gzip' }],
  ])('stays as it is, by %s', async (_, wanted, headers) => {
    const { bytes } = await fetched(coded('gzip', FILE, headers), wanted)
    expect(bytes.equals(FILE)).toBe(true)
  })

  it('is undone once where it was compressed once more', async () => {
    const body = gzipSync(FILE)
    for (const expected of [sized(FILE), digested(FILE)])
      expect((await fetched(coded('gzip', body), { expected, path: '/file.tgz' })).bytes.equals(FILE)).toBe(
        true,
      )
  })

  it.each([
    ['gzip', gzipSync(FILE)],
    ['br', brotliCompressSync(FILE)],
  ])('is undone once (%s) where no digest tells so', async (coding, body) => {
    expect((await fetched(coded(coding, body), { path: '/file.tgz' })).bytes.equals(FILE)).toBe(true)
    const inPieces: Handler = (_request, response) => {
      response.writeHead(200, { 'content-encoding': coding }).write(body.subarray(0, 10))
      setTimeout(() => response.end(body.subarray(10)), 30)
    }
    expect((await fetched(inPieces, { path: '/file.tgz' })).bytes.equals(FILE)).toBe(true)
  })
})

describe('a header that is wrong', () => {
  it.each(['gzip', 'deflate', 'br'])('(%s) is overlooked', async (coding) => {
    for (const expected of [sized(CONTENT), digested(CONTENT)])
      expect((await fetched(coded(coding, CONTENT), { expected })).bytes.equals(CONTENT)).toBe(true)
  })

  it('(deflate) is overlooked though the content begins like zlib’s', async () => {
    const content = Buffer.concat([Buffer.from('80'), CONTENT])
    const { bytes } = await fetched(coded('deflate', content), { expected: sized(content) })
    expect(bytes.equals(content)).toBe(true)
  })

  it('(gzip) is overlooked where no digest is known', async () => {
    expect((await fetched(coded('gzip', CONTENT))).bytes.equals(CONTENT)).toBe(true)
  })

  it('does not hide other content', async () => {
    for (const body of [gzipSync('other'), Buffer.from('other')]) {
      for (const expected of [sized(CONTENT), digested(CONTENT)]) {
        const error = await failureOf(fetched(coded('gzip', body), { expected }))
        expect(error.code).toMatch(/^(DIGEST_MISMATCH|SIZE_MISMATCH|TRANSFER_FAILED)$/)
      }
    }
  })
})

describe('what is damaged or cut on the way', () => {
  const packed = gzipSync(CONTENT)
  const damaged = Buffer.from(packed)
  damaged.writeUInt8(packed.readUInt8(packed.length - 6) ^ 1, packed.length - 6) // of its CRC-32

  it('is asked for again', async () => {
    for (const first of [damaged, packed.subarray(0, 9000)]) {
      const script = [coded('gzip', first), coded('gzip', packed)]
      for (const expected of [sized(CONTENT), undefined])
        expect(
          (await fetched(script, expected === undefined ? {} : { expected })).bytes.equals(CONTENT),
        ).toBe(true)
    }
  })

  it('never meets a part of the compressed bytes', async () => {
    const cut: Handler = (request, response) =>
      serveBytes(request, response, { bytes: CONTENT, cutAfter: 9000, etag: '"1"' })
    const part: Handler = (request, response) =>
      serveBytes(request, response, { bytes: packed, etag: '"1"', headers: { 'content-encoding': 'gzip' } })
    for (const expected of [sized(CONTENT), digested(CONTENT), undefined]) {
      const { bytes, requests } = await fetched([cut, part], expected === undefined ? {} : { expected })
      expect(bytes.equals(CONTENT)).toBe(true)
      expect(requests[1]?.headers.range).toBe('bytes=9000-')
    }
  })

  it('goes on in what comes as it is', async () => {
    const begin: Handler = (_request, response) => {
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .write(packed.subarray(0, 9000), () => response.destroy())
    }
    const rest: Handler = (request, response) => serveBytes(request, response, { bytes: CONTENT })
    const { bytes, requests } = await fetched([begin, rest], { expected: sized(CONTENT) })
    expect(bytes.equals(CONTENT)).toBe(true)
    expect(requests).toHaveLength(2)
  })
})

describe('a coding that nothing here undoes', () => {
  const twice = gzipSync(gzipSync(CONTENT))

  it.each([
    ['content-encoding', 'gzip, gzip'],
    ['content-encoding', 'aws-chunked, zstd'],
    ['content-encoding', 'br, compress'],
    ['transfer-encoding', 'gzip, chunked'],
  ])('(%s: %s) is refused where no digest is known', async (header, value) => {
    const handler: Handler = (_request, response) => {
      response.socket?.end(
        Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\n${header}: ${value}\r\n`),
          Buffer.from(
            value.endsWith('chunked')
              ? `\r\n${twice.length.toString(16)}\r\n`
              : `content-length: ${twice.length}\r\n\r\n`,
          ),
          twice,
          Buffer.from(value.endsWith('chunked') ? '\r\n0\r\n\r\n' : ''),
        ]),
      )
    }
    const error = await failureOf(fetched(handler))
    expect(error.code).toBe('SOURCE_REFUSED')
    expect(error.because?.en.toLowerCase()).toContain(`it has ${header}: ${value}`)
    expect((await fetched(handler, { expected: digested(twice) })).bytes.equals(twice)).toBe(true)
  })

  it('is the file’s own where its name says so', async () => {
    const { bytes } = await fetched(coded('zstd', twice), { path: '/file.tar.zst' })
    expect(bytes.equals(twice)).toBe(true)
  })

  it.each(['aws-chunked', 'none', 'utf-8', 'binary', 'constructor'])('is none: %s', async (coding) => {
    expect((await fetched(coded(coding, CONTENT))).bytes.equals(CONTENT)).toBe(true)
    expect((await fetched(coded(`${coding}, gzip`, gzipSync(CONTENT)))).bytes.equals(CONTENT)).toBe(true)
  })
})

it('a response that is refused after a look at its beginning is closed at once', async () => {
  let isClosed = false
  await using server = await startServer((_, response) => {
    response.on('close', () => {
      isClosed = true
    })
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 9_000_000 })
    response.write(FILE)
    response.write(randomBytes(10_000))
  })
  const timeouts = { ...QUICK, stall: 60_000 }
  await using transport = openTransport({ plainHttp: ['127.0.0.1'], timeouts })
  const options = {
    url: `${server.url}/x.tar.gz`,
    sink: memorySink(),
    transport,
    label: 'x',
    limit: 1_000_000,
  }
  expect((await failureOf(download(options))).code).toBe('CONTENT_TOO_LARGE')
  await expect.poll(() => isClosed).toBe(true)
})

it('a small body that becomes a large one ends at what is accepted', async () => {
  const bomb = coded('gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024)))
  expect((await failureOf(fetched(bomb, { limit: 100_000 }))).code).toBe('CONTENT_TOO_LARGE')
  expect((await failureOf(fetched(bomb, { expected: sized(CONTENT) }))).code).toBe('SIZE_MISMATCH')
})
