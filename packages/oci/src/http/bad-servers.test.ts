import { EdgeliftError } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { parseReference } from '../name/reference.ts'
import { openRegistry } from '../registry/registry-client.ts'
import { drip, startRawServer } from '../testing/raw-server.ts'
import { QUICK } from '../testing/test-settings.ts'
import { download } from '../transfer/downloads.ts'
import { memorySink } from '../transfer/memory-sink.ts'
import { openTransport, type Timeouts } from './transport.ts'

const HURRIED: Timeouts = {
  ...QUICK,
  headers: 300,
  stall: 200,
  document: 400,
  attempts: 2,
  patience: 2_000,
  total: 4_000,
}
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const json = (body: string, more = '') =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`

type Respond = Parameters<typeof startRawServer>[0]

/** How a download of `path` and the manifest of an image end at such a server, and in what time. */
async function endings(respond: Respond) {
  await using server = await startRawServer(respond)
  const options = { plainHttp: ['127.0.0.1'], timeouts: HURRIED }
  await using transport = openTransport(options)
  await using registry = openRegistry(options)
  const started = performance.now()
  const [file, manifest] = await Promise.allSettled([
    download({ url: `${server.url}/file`, sink: memorySink(), transport, label: 'file' }),
    registry.fetchManifest(parseReference(`${server.host}/a/b:v1`)),
  ])
  return {
    ends: [file, manifest].map(codeOf),
    causes: [file, manifest].map((end) => (end.status === 'rejected' ? end.reason.because?.en : undefined)),
    milliseconds: performance.now() - started,
  }
}

function codeOf(end: PromiseSettledResult<unknown>): string {
  if (end.status === 'fulfilled') return 'fulfilled'
  return end.reason instanceof EdgeliftError ? end.reason.code : `not for people: ${end.reason}`
}

describe('a server that drips', () => {
  it.each<[string, Respond]>([
    ['headers', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nX-Long: ', { every: 50 })],
    ['a body', (socket) => drip(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', { every: 50 })],
    [
      'a chunked body',
      (socket) =>
        drip(socket, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', {
          every: 20,
          body: '1\r\nx\r\n',
        }),
    ],
    [
      "an error's body",
      (socket) => drip(socket, 'HTTP/1.1 403 No\r\nContent-Length: 100000\r\n\r\n', { every: 50 }),
    ],
    [
      "a busy server's body",
      (socket) => drip(socket, 'HTTP/1.1 503 Busy\r\nContent-Length: 100000\r\n\r\n', { every: 50 }),
    ],
    [
      "a redirect's body",
      (socket, head) =>
        head.includes(' /next')
          ? socket.end('HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n')
          : drip(socket, 'HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 100000\r\n\r\n', {
              every: 50,
            }),
    ],
  ])(
    '%s ends in a coded error in its time',
    async (_name, respond) => {
      const { ends, milliseconds } = await endings(respond)
      for (const end of ends)
        expect(end).toMatch(/^(TRANSFER_FAILED|SOURCE_REFUSED|SOURCE_NOT_FOUND|REGISTRY_\w+)$/)
      expect(milliseconds).toBeLessThan(15_000)
    },
    30_000,
  )

  it('a token ends in a coded error in its time', async () => {
    const { ends, milliseconds } = await endings((socket, head) => {
      if (head.includes(' /token'))
        return drip(socket, 'HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n', { every: 50 })
      const host = /host: (\S+)/i.exec(head)?.[1]
      socket.write(
        `HTTP/1.1 401 No\r\nWWW-Authenticate: Bearer realm="http://${host}/token"\r\nContent-Length: 0\r\n\r\n`,
      )
    })
    expect(ends[1]).toBe('TRANSFER_FAILED')
    expect(milliseconds).toBeLessThan(15_000)
  }, 30_000)
})

describe('a server that does not speak HTTP', () => {
  it.each<[string, string]>([
    ['a bad chunk length', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n'],
    [
      'a chunk that is longer than it says',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxxxx\r\n0\r\n\r\n',
    ],
    ['NUL in a header', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n'],
    ['garbage before the status', '\x01\x02garbage\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'],
    ['a status that is none', 'HTTP/1.1 999999 What\r\n\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n'],
    [
      'length and chunks at once',
      'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
    ],
    ['a header without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(400_000)}\r\n\r\n`],
    ['a redirect to nowhere', 'HTTP/1.1 302 Found\r\nLocation: http://[::bad\r\nContent-Length: 0\r\n\r\n'],
    [
      'a redirect to a file',
      'HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n',
    ],
    ['a protocol switch', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
    ['TLS', '\x15\x03\x01\x00\x02\x02\x50'],
    ['nothing', ''],
  ])(
    '%s: ends in a coded error',
    async (_name, bytes) => {
      const { ends } = await endings((socket) => socket.end(Buffer.from(bytes, 'latin1')))
      for (const end of ends) expect(end).toMatch(/^(TRANSFER_FAILED|SOURCE_REFUSED|REGISTRY_\w+)$/)
    },
    30_000,
  )

  it.each<[string, string, RegExp]>([
    [
      '100 Continue that nobody asked for',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx',
      /the server sent 100 Continue, which nobody asked for/,
    ],
    [
      'the same length twice',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
      /Content-Length, or has that header twice/,
    ],
    [
      'a status below 100',
      'HTTP/1.1 099 X\r\nContent-Length: 1\r\n\r\nx',
      /× the response is not valid HTTP \(/,
    ],
    [
      'a redirect to no port',
      'HTTP/1.1 302 X\r\nLocation: http://h:99999/x\r\nContent-Length: 0\r\n\r\n',
      /no URL: "/,
    ],
  ])('%s: the cause says so', async (_name, bytes, cause) => {
    const { ends, causes } = await endings((socket) => socket.end(bytes))
    expect(ends).toEqual(['TRANSFER_FAILED', 'TRANSFER_FAILED'])
    for (const one of causes) expect(one).toMatch(cause)
  })

  it('a manifest that is nested without end, and one whose keys reach the prototype', async () => {
    for (const body of [
      `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`,
      '{"__proto__":{"schemaVersion":2}}',
    ]) {
      const { ends } = await endings((socket) => socket.end(json(body)))
      expect(ends[1]).toBe('REGISTRY_ANSWER_INVALID')
    }
  })
})

describe('what others may legally send', () => {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: `sha256:${'0'.repeat(64)}`,
      size: 1,
    },
    layers: [],
  })

  it.each([
    ['the same Content-Type twice', `Content-Type: ${MANIFEST}\r\nContent-Type: ${MANIFEST}\r\n`],
    ['text/json', 'Content-Type: text/json\r\n'],
    ['one that says nothing before it', `Content-Type: application/json\r\nContent-Type: ${MANIFEST}\r\n`],
    ['application/x-json', 'Content-Type: application/x-json; charset=utf-8\r\n'],
    ['no Content-Type', ''],
  ])('a manifest with %s is taken', async (_name, headers) => {
    const { ends } = await endings((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\n${headers}Content-Length: ${manifest.length}\r\n\r\n${manifest}`),
    )
    expect(ends[1]).toBe('fulfilled')
  })

  it('100 KB of headers, as some single sign-on servers send', async () => {
    const cookies = `Set-Cookie: ${'x'.repeat(1000)}\r\n`.repeat(100)
    const { ends } = await endings((socket) => socket.end(json(manifest, cookies)))
    expect(ends).toEqual(['fulfilled', 'fulfilled'])
  })

  it('two different Content-Types are refused', async () => {
    const { ends } = await endings((socket) =>
      socket.end(
        `HTTP/1.1 200 OK\r\nContent-Type: ${MANIFEST}\r\nContent-Type: application/vnd.x\r\nContent-Length: ${manifest.length}\r\n\r\n${manifest}`,
      ),
    )
    expect(ends[1]).toMatch(/^(REGISTRY_ANSWER_INVALID|MEDIA_TYPE_REFUSED)$/)
  })
})

describe('a download without digest, length or end', () => {
  it('is refused, since nothing tells whether it was cut', async () => {
    const { ends } = await endings((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhalf of it'))
    expect(ends[0]).toBe('SOURCE_REFUSED')
  })

  it('is taken when its end is told by the last chunk', async () => {
    const whole = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwhat\r\n0\r\n\r\n'
    expect((await endings((socket) => socket.end(whole))).ends[0]).toBe('fulfilled')
    const { ends } = await endings((socket) => socket.end(whole.slice(0, -5)))
    expect(ends[0]).toBe('TRANSFER_FAILED')
  })
})
