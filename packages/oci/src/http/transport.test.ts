import { channel } from 'node:diagnostics_channel'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startRawServer } from '../testing/raw-server.ts'
import { selfSigned } from '../testing/test-certificate.ts'
import { type Handler, startServer, type TestServer } from '../testing/test-server.ts'
import { failureOf, QUICK } from '../testing/test-settings.ts'
import { readBytes } from './responses.ts'
import { RetryableError } from './retryable-error.ts'
import { openTransport, type Response, type TransportOptions } from './transport.ts'

const open = (servers: readonly TestServer[], options: TransportOptions = {}) =>
  openTransport({ plainHttp: servers.map(({ host }) => host), timeouts: QUICK, ...options })

const textOf = async (response: Response) =>
  new TextDecoder().decode(await readBytes(response, { limit: 1000, deadline: 5000 }, 'test'))

describe('redirects', () => {
  it('keep the credentials within the origin and leave them behind at its border, for good', async () => {
    await using other = await startServer((request, response) => {
      response.writeHead(302, { location: `${home.url}/end?from=${request.url}` }).end('moved')
    })
    await using home: TestServer = await startServer((request, response) => {
      if (request.url === '/start') response.writeHead(307, { location: '/next' }).end()
      else if (request.url === '/next')
        response.writeHead(302, { location: `${other.url}/signed?sig=1` }).end()
      else response.end('here')
    })
    await using transport = open([home, other])
    const response = await transport.request({ url: `${home.url}/start`, authorization: 'Bearer secret' })
    expect(await textOf(response)).toBe('here')
    expect(home.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/start', 'Bearer secret'],
      ['/next', 'Bearer secret'],
      ['/end?from=/signed?sig=1', undefined],
    ])
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it('end after ten', async () => {
    await using server = await startServer((_, response) => response.writeHead(302, { location: '/' }).end())
    await using transport = open([server])
    const error = await failureOf(transport.request({ url: `${server.url}/?token=s3cret` }))
    expect(error).toMatchObject({
      code: 'SOURCE_REFUSED',
      because: { en: `more than 10 in a row, the last from ${server.url}/` },
      fix: { en: expect.stringContaining('proxies and mirrors') },
    })
    expect(JSON.stringify(error)).not.toContain('s3cret')
    expect(server.requests).toHaveLength(11)
  })

  it.each([
    ['UTF-8', 'utf8', '/%E4%B8%AD'],
    ['Latin-1', 'latin1', '/%C3%A4'],
  ] as const)('may name a path in %s', async (_, encoding, path) => {
    const letter = encoding === 'utf8' ? '中' : 'ä'
    await using server = await startServer((request, response) => {
      if (request.url === path) return response.end('here')
      const head = `HTTP/1.1 302 Found\r\nLocation: /${letter}\r\nContent-Length: 0\r\n\r\n`
      return response.socket?.end(Buffer.from(head, encoding))
    })
    await using transport = open([server])
    expect(await textOf(await transport.request({ url: server.url }))).toBe('here')
  })

  it('to what is no web server name the server that redirects', async () => {
    await using server = await startServer((_, response) => {
      response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    })
    await using transport = open([server])
    const error = await failureOf(transport.request({ url: server.url }))
    expect([error.code, error.because?.en]).toEqual(['SOURCE_REFUSED', `${server.url}/ redirects to it`])
  })

  it('never lead to plain HTTP that is not named', async () => {
    await using target = await startServer((_, response) => response.end('no'))
    await using server = await startServer((_, response) => {
      response.writeHead(302, { location: target.url }).end()
    })
    await using transport = open([server])
    expect((await failureOf(transport.request({ url: server.url }))).code).toBe('PLAIN_HTTP_REFUSED')
    expect(target.requests).toEqual([])
  })
})

describe('plain HTTP', () => {
  it('is for hosts that are named, with any port or with one', async () => {
    await using server = await startServer((_, response) => response.end('ok'))
    await using anyPort = open([], { plainHttp: ['127.0.0.1'] })
    expect(await textOf(await anyPort.request({ url: server.url }))).toBe('ok')
    await using otherPort = open([], { plainHttp: ['127.0.0.1:1'] })
    const error = await failureOf(otherPort.request({ url: server.url }))
    expect(error.code).toBe('PLAIN_HTTP_REFUSED')
    expect(error.because?.en).toContain(server.host)
  })
})

describe('TLS', () => {
  const pair = selfSigned()

  it('refuses an authority that nobody named, and says what to do', async () => {
    await using server = await startServer((_, response) => response.end('ok'), pair)
    await using transport = open([])
    const error = await failureOf(transport.request({ url: server.url }))
    expect(error.code).toBe('TLS_UNTRUSTED')
    expect(error.fix?.en).toContain('CA files')
  })

  it('trusts the authorities that are handed in', async () => {
    await using server = await startServer((_, response) => response.end('ok'), pair)
    const env = { NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' } // which Node passes over with a warning
    await using transport = open([], { ca: [pair.cert], env })
    expect(await textOf(await transport.request({ url: server.url }))).toBe('ok')
  })

  it('recognises a server that speaks plain HTTP', async () => {
    await using server = await startServer((_, response) => response.end('ok'))
    await using transport = open([])
    const error = await failureOf(transport.request({ url: `https://${server.host}/` }))
    expect(error.code).toBe('TLS_UNTRUSTED')
    expect(error.fix?.en).toContain('plain-HTTP hosts')
  })
})

describe('proxies', () => {
  /** A proxy that takes plain requests, and CONNECT to the one target that stands behind every name. */
  async function startProxy(
    target: string,
    plain: Handler = (_, response) => void response.end('through the proxy'),
  ): Promise<AsyncDisposable & { url: string; asked: string[] }> {
    const asked: string[] = []
    const server = createServer((request: IncomingMessage, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
      plain(request, response)
    })
    server.on('connect', (request: IncomingMessage, socket) => {
      asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim())
      const [host, port] = target.split(':')
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
        upstream.pipe(socket).pipe(upstream)
      })
      upstream.on('error', () => socket.destroy())
      socket.on('error', () => upstream.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    return {
      asked,
      url: `http://user:pass@127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        server.close()
      },
    }
  }

  it('are used for both schemes, tunnelled for TLS, with the CA of the server behind', async () => {
    const pair = selfSigned()
    await using server = await startServer((_, response) => response.end('through the tunnel'), pair)
    await using proxy = await startProxy(server.host)
    await using transport = open([], {
      env: { HTTPS_PROXY: proxy.url, http_proxy: proxy.url },
      ca: [pair.cert],
      plainHttp: ['registry.test'],
    })
    const plain = await transport.request({ url: 'http://registry.test/x' })
    expect(await textOf(plain)).toBe('through the proxy')
    // The certificate is for localhost: a name that is not exempt has to be checked as such.
    const error = await failureOf(transport.request({ url: 'https://registry.test/' }))
    expect(error.code).toBe('TLS_UNTRUSTED')
    expect(error.because?.en).toContain('ALTNAME')
    expect(proxy.asked[0]).toMatch(/^GET http:\/\/registry\.test\/x Basic /)
    expect(proxy.asked).toContainEqual(expect.stringMatching(/^CONNECT registry\.test:443 Basic /))
  })

  const throughProxy = { plainHttp: ['registry.test'] }

  it('end a stream that stalls, as direct connections do', async () => {
    await using proxy = await startProxy('', (_, response) => response.writeHead(200).write('begins'))
    await using transport = open([], { ...throughProxy, env: { HTTP_PROXY: proxy.url } })
    const stalled = await transport.request({ url: 'http://registry.test/x' })
    await expect(textOf(stalled)).rejects.toThrow('the stream stalled')
  }, 10_000)

  it('cannot end the process with an assertion of undici, as no server can', async () => {
    const connected = channel('undici:client:connected')
    const broken = (message: unknown): void => {
      ;(message as { socket: Socket }).socket.on('data', () => {
        throw Object.assign(new Error('false == true'), { code: 'ERR_ASSERTION' })
      })
    }
    await using proxy = await startProxy('')
    await using transport = open([], { ...throughProxy, env: { HTTP_PROXY: proxy.url } })
    connected.subscribe(broken)
    try {
      await expect(transport.request({ url: 'http://registry.test/' })).rejects.toThrow(
        'the response is not valid HTTP',
      )
    } finally {
      connected.unsubscribe(broken)
    }
  })

  const tunnelled = async (answer: string | undefined) => {
    await using proxy = await startRawServer((socket) => void (answer === undefined || socket.end(answer)))
    const connections = proxy.connections
    await using transport = open([], {
      env: { HTTPS_PROXY: `http://user:s3cret@${proxy.host}` },
      timeouts: { ...QUICK, headers: 300 },
    })
    const error = await transport
      .request({ url: 'https://registry.test/' })
      .catch((reason: unknown) => reason)
    return {
      message: String(error).replace(proxy.host, '127.0.0.1:PORT'),
      isRetryable: error instanceof RetryableError,
      connections: connections(),
    }
  }

  it.each([
    ['nothing', undefined, 'the proxy 127.0.0.1:PORT: no response within 0.3 s'],
    ['a closed connection', '', 'the proxy closed the connection'],
    ['an interim response only', 'HTTP/1.1 100 Continue\r\n\r\n', 'the proxy closed the connection'],
    [
      '403',
      'HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n',
      'the proxy refused to connect to the server (status 403)',
    ],
    ['407', 'HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n', 'the proxy requires a valid user and password'],
    [
      'a redirect',
      'HTTP/1.1 301 No\r\nLocation: /\r\n\r\n',
      'the proxy refused to connect to the server (status 301)',
    ],
    [
      'what is no HTTP',
      'SSH-2.0-OpenSSH_9.6\r\n\r\n',
      'the proxy 127.0.0.1:PORT sent a malformed HTTP response',
    ],
    ['a half header', 'HTTP/1.1 200 OK\r\nA\0: b\r\n\r\n', 'the proxy 127.0.0.1:PORT sent a malformed'],
  ])('that answer CONNECT with %s end the attempt, and are asked once', async (_, answer, words) => {
    const { message, isRetryable, connections } = await tunnelled(answer)
    expect([isRetryable, connections]).toEqual([true, 1])
    expect(message).toContain(words)
    expect(message).not.toContain('s3cret')
  })

  it.each(['https://registry.test/', 'http://registry.test/'])(
    'that cannot be reached are named in the place of the server: %s',
    async (url) => {
      const proxy = await startRawServer(() => {})
      await proxy[Symbol.asyncDispose]()
      const env = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }
      await using transport = open([], { ...throughProxy, env })
      await expect(transport.request({ url })).rejects.toThrow(
        `the proxy ${proxy.host}: connection refused (ECONNREFUSED)`,
      )
    },
  )

  it('that pass a request on and stay silent are named, servers behind an open tunnel are not', async () => {
    await using silent = await startRawServer(() => {})
    const timeouts = { ...QUICK, headers: 300 }
    await using plain = open([], { ...throughProxy, timeouts, env: { HTTP_PROXY: silent.url } })
    await expect(plain.request({ url: 'http://registry.test/' })).rejects.toThrow(
      `the proxy ${silent.host}: no response within 0.3 s`,
    )
    await using proxy = await startProxy(silent.host)
    await using behind = open([], { timeouts, env: { HTTPS_PROXY: proxy.url } })
    const error = await behind.request({ url: 'https://registry.test/' }).catch((reason: unknown) => reason)
    expect(String(error)).toBe('Error: no response within 0.3 s')
  })

  it('that speak no TLS are named with the variable as the cure', async () => {
    await using proxy = await startProxy('')
    const env = { HTTPS_PROXY: proxy.url.replace('http:', 'https:') }
    await using transport = open([], { env })
    const { host } = new URL(proxy.url)
    await expect(transport.request({ url: 'https://registry.test/' })).rejects.toMatchObject({
      code: 'TLS_UNTRUSTED',
      what: { en: `the proxy ${host}: no trusted TLS connection` },
      fix: { en: expect.stringContaining('write http:// in place of https://') },
    })
  })

  it('that stand before a server of no trusted certificate leave that the server’s fault', async () => {
    await using server = await startServer((_, response) => response.end(), selfSigned())
    await using proxy = await startProxy(server.host)
    await using transport = open([], { env: { HTTPS_PROXY: proxy.url } })
    await expect(transport.request({ url: 'https://registry.test/' })).rejects.toMatchObject({
      what: { en: expect.stringMatching(/^registry\.test: no trusted TLS/) },
    })
  })

  it('that ask for a user alone get one', async () => {
    await using proxy = await startProxy('127.0.0.1:1')
    const { host } = new URL(proxy.url)
    for (const url of ['http://registry.test/', 'https://registry.test/']) {
      await using transport = open([], {
        ...throughProxy,
        env: { HTTP_PROXY: `http://to%3Aken@${host}`, HTTPS_PROXY: `http://to%3Aken@${host}` },
      })
      await transport.request({ url }).catch(() => undefined)
      expect(proxy.asked.at(-1)).toContain(` Basic ${Buffer.from('to:ken:').toString('base64')}`)
    }
  })

  it('that answer a plain request with 407 are told like others', async () => {
    await using proxy = await startProxy('', (_, response) => response.writeHead(407).end())
    await using transport = open([], { ...throughProxy, env: { HTTP_PROXY: proxy.url } })
    await expect(transport.request({ url: 'http://registry.test/' })).rejects.toThrow(
      'requires a valid user and password',
    )
  })

  it('that never answer CONNECT do not hold up an interrupt', async () => {
    await using proxy = await startRawServer(() => {})
    const stop = new AbortController()
    await using transport = open([], { env: { HTTPS_PROXY: proxy.url }, signal: stop.signal })
    const request = transport.request({ url: 'https://registry.test/' })
    setTimeout(() => stop.abort(), 50)
    expect((await failureOf(request)).code).toBe('INTERRUPTED')
  })

  it('that speak HTTPS at an address get no warning of Node onto the terminal', async () => {
    const warnings: string[] = []
    const note = ({ code }: Error & { code?: string }) => void warnings.push(code ?? '')
    process.on('warning', note)
    const proxy = createServer().on('connection', (socket) => socket.destroy())
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const { port } = proxy.address() as AddressInfo
    await using transport = open([], { env: { HTTPS_PROXY: `https://127.0.0.1:${port}` } })
    await expect(transport.request({ url: 'https://server.test/' })).rejects.toThrow()
    await new Promise((resolve) => setImmediate(resolve))
    process.off('warning', note)
    proxy.close()
    expect(warnings).toEqual([])
  })

  it('are not asked for loopback nor for what NO_PROXY names', async () => {
    await using server = await startServer((_, response) => response.end('direct'))
    await using transport = open([server], {
      env: { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'other.test' },
    })
    expect(await textOf(await transport.request({ url: server.url }))).toBe('direct')
    await using exempt = open([], {
      plainHttp: ['nowhere.invalid'],
      env: { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: '.invalid' },
    })
    await expect(exempt.request({ url: 'http://nowhere.invalid/' })).rejects.toThrow(/ENOTFOUND|EAI_AGAIN/)
  })
})

describe('faults', () => {
  it('are told apart from errors: refused connections, resets, silence', async () => {
    await using reset = await startServer((request) => void request.socket.destroy())
    await using silent = await startServer(() => {})
    await using transport = open([reset, silent], {
      plainHttp: ['127.0.0.1'],
      timeouts: { ...QUICK, headers: 500 },
    })
    for (const [url, words] of [
      ['http://127.0.0.1:1/', 'refused'],
      [reset.url, 'cut'],
      [silent.url, 'no response within 0.5 s'],
    ] as const) {
      const error = await transport.request({ url }).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(RetryableError)
      expect((error as RetryableError).message).toContain(words)
    }
  })

  it('are not what a signal causes', async () => {
    await using silent = await startServer(() => {})
    const stop = new AbortController()
    await using transport = open([silent], { signal: stop.signal })
    setTimeout(() => stop.abort(), 20)
    const error = await failureOf(transport.request({ url: silent.url }))
    expect(error.code).toBe('INTERRUPTED')
    expect((await failureOf(transport.request({ url: silent.url }))).code).toBe('INTERRUPTED')
  })
})

it('limits the bandwidth of all transfers together', async () => {
  await using transport = openTransport({ bytesPerSecond: 1_000_000 })
  const started = performance.now()
  await Promise.all(Array.from({ length: 10 }, () => transport.pace(20_000)))
  expect(performance.now() - started).toBeGreaterThan(190)
  expect(performance.now() - started).toBeLessThan(1900)
})
