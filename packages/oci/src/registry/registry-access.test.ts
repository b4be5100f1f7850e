import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Credentials, Login } from '../auth/credentials.ts'
import { endpointsOf } from '../http/endpoints.ts'
import { readBytes } from '../http/responses.ts'
import { RetryableError } from '../http/retryable-error.ts'
import { openTransport } from '../http/transport.ts'
import { type Handler, startServer, type TestServer } from '../testing/test-server.ts'
import { failureOf, QUICK } from '../testing/test-settings.ts'
import { openAccess } from './registry-access.ts'

const basicOf = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

interface Guard {
  /** Tokens that are let in; a test may take one away. */
  readonly valid: Set<string>
  /** What the token service was asked. */
  readonly asked: { url: URL; method: string; authorization: string | undefined; body: string }[]
  tokenLife?: number
  refuse?: (request: IncomingMessage, response: ServerResponse) => void
}

/** A registry and its token service in one. */
async function startGuarded(header?: (realm: string) => string): Promise<TestServer & { guard: Guard }> {
  const guard: Guard = { valid: new Set(), asked: [] }
  const server: TestServer = await startServer(async (request, response) => {
    const url = new URL(request.url ?? '', server.url)
    const { authorization } = request.headers
    if (url.pathname === '/token') {
      let body = ''
      for await (const chunk of request) body += chunk
      guard.asked.push({ url, method: request.method ?? '', authorization, body })
      if (guard.refuse !== undefined) return guard.refuse(request, response)
      const token = `t${guard.asked.length}`
      guard.valid.add(`Bearer ${token}`)
      return response.end(
        JSON.stringify({ token, ...(guard.tokenLife === undefined ? {} : { expires_in: guard.tokenLife }) }),
      )
    }
    if (authorization !== undefined && guard.valid.has(authorization)) return response.end('content')
    const scope = `repository:${/^\/v2\/(.+)\/blobs/.exec(url.pathname)?.[1]}:pull`
    const challenge =
      header?.(`${server.url}/token`) ?? `Bearer realm="${server.url}/token",service="reg",scope="${scope}"`
    const error = { code: 'UNAUTHORIZED', message: 'authentication required' }
    response.writeHead(401, { 'www-authenticate': challenge, 'content-type': 'application/json' })
    return response.end(JSON.stringify({ errors: [error] }))
  })
  return Object.assign(server, { guard })
}

function enter(server: TestServer, login?: Login | Credentials, timeouts = QUICK) {
  const transport = openTransport({ plainHttp: ['127.0.0.1'], timeouts })
  const [endpoint] = endpointsOf(server.host, { mirrors: {}, mirrorsOnly: false, isPlainHttp: () => true })
  if (endpoint === undefined) throw new Error('no endpoint')
  const access = openAccess(transport, typeof login === 'function' ? login : async () => login)
  return async (repository = 'a/b') => {
    const request = {
      endpoint,
      repository,
      path: 'blobs/x',
      headers: {},
      what: `${server.host}/${repository}`,
    }
    const response = await access(request)
    return new TextDecoder().decode(await readBytes(response, { limit: 1000, deadline: 5000 }, 'x'))
  }
}

const me: Login = { kind: 'basic', username: 'me', password: 's3cret' }

describe('a bearer token', () => {
  it('is fetched with the scope of the challenge, once for all requests to a repository', async () => {
    await using server = await startGuarded()
    const get = enter(server, me)
    expect(await Promise.all([get(), get(), get()])).toEqual(['content', 'content', 'content'])
    await get()
    expect(server.guard.asked).toHaveLength(1)
    const [asked] = server.guard.asked
    expect(asked?.authorization).toBe(basicOf('me:s3cret'))
    expect(asked?.url.search).toBe('?service=reg&scope=repository%3Aa%2Fb%3Apull')
    await get('c/d')
    expect(server.guard.asked).toHaveLength(2)
  })

  it.each(['', ',scope=""', ',scope="registry:catalog:*"'])(
    'is asked for the repository where the challenge names none (%s)',
    async (scope) => {
      await using server = await startGuarded((realm) => `Bearer realm="${realm}"${scope}`)
      expect(await enter(server)()).toBe('content')
      expect(server.guard.asked[0]?.url.searchParams.getAll('scope')).toContain('repository:a/b:pull')
    },
  )

  it('may come with another status of success', async () => {
    await using server = await startGuarded()
    server.guard.valid.add('Bearer abc')
    server.guard.refuse = (_, response) => response.writeHead(201).end('{"token":"abc"}')
    expect(await enter(server)()).toBe('content')
  })

  it('is fetched anonymously when there are no credentials', async () => {
    await using server = await startGuarded()
    expect(await enter(server)()).toBe('content')
    expect(server.guard.asked[0]?.authorization).toBeUndefined()
  })

  it('is renewed when it is refused in mid-pull, once for all who were refused', async () => {
    await using server = await startGuarded()
    const get = enter(server)
    await get()
    server.guard.valid.clear()
    expect(await Promise.all([get(), get(), get()])).toEqual(['content', 'content', 'content'])
    expect(server.guard.asked).toHaveLength(2)
  })

  it('is asked of the service that gave the former one where the one that is named instead refuses', async () => {
    const others = (realm: string) =>
      `Bearer realm="${realm.replace(/token$/, 'accounts')}",error="invalid_token"`
    let named = (realm: string) => `Bearer realm="${realm}"`
    await using server = await startGuarded((realm) => named(realm))
    const get = enter(server)
    await get()
    named = others
    server.guard.valid.clear()
    expect(await get()).toBe('content')
    expect(server.paths().filter((path) => path.startsWith('/accounts'))).toHaveLength(1)
    expect(server.guard.asked).toHaveLength(2)
  })

  it('is tried again where the clock of its service is ahead of that of the registry', async () => {
    const challenge = (realm: string) => `Bearer realm="${realm}",error="invalid_token"`
    await using server = await startGuarded(challenge)
    let refusals = 2
    server.guard.valid.has = () => --refusals < 0
    const get = enter(server)
    await expect(get()).rejects.toBeInstanceOf(RetryableError)
    expect(await get()).toBe('content')
  })

  it('is renewed before it runs out', async () => {
    await using server = await startGuarded()
    server.guard.tokenLife = 0.2
    const get = enter(server)
    await get()
    await new Promise((resolve) => setTimeout(resolve, 150))
    await get()
    expect(server.guard.asked).toHaveLength(2)
    const refused = server.requests.filter(
      ({ path, headers }) => path.startsWith('/v2') && !headers.authorization,
    )
    expect(refused).toHaveLength(1)
  })

  it('comes from a POST for a refresh token', async () => {
    await using server = await startGuarded()
    await enter(server, { kind: 'identity', token: 'r3fresh' })()
    const [asked] = server.guard.asked
    expect(asked?.method).toBe('POST')
    expect(asked?.url.search).toBe('')
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      grant_type: 'refresh_token',
      client_id: 'edgelift',
      refresh_token: 'r3fresh',
      scope: 'repository:a/b:pull',
      service: 'reg',
    })
  })

  it('may be configured as it is', async () => {
    await using server = await startGuarded()
    server.guard.valid.add('Bearer x7-given-at-hand')
    expect(await enter(server, { kind: 'bearer', token: 'x7-given-at-hand' })()).toBe('content')
    expect(server.guard.asked).toEqual([])
  })

  it('is read though a proxy sends it compressed, which nobody asked for', async () => {
    await using server = await startGuarded()
    server.guard.refuse = (_request, response) => {
      server.guard.valid.add('Bearer packed')
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"token":"packed"}'))
    }
    expect(await enter(server)()).toBe('content')
  })

  it('survives a busy token service', async () => {
    await using server = await startGuarded()
    let busy = 2
    server.guard.refuse = (_, response) => {
      if (--busy === 0) delete server.guard.refuse
      response.writeHead(503).end()
    }
    expect(await enter(server)()).toBe('content')
  })
})

describe('several challenges in one header', () => {
  it('prefer the bearer token', async () => {
    await using server = await startGuarded(
      (realm) => `Basic realm="x, y", Bearer realm="${realm}",service="s"`,
    )
    await enter(server, me)()
    expect(server.guard.asked[0]?.url.searchParams.get('scope')).toBe('repository:a/b:pull')
  })

  it('leave Basic where it is what can be answered', async () => {
    await using server = await startGuarded(() => 'Negotiate abc=, Basic realm="x"')
    server.guard.valid.add(basicOf('me:s3cret'))
    const get = enter(server, me)
    expect(await get()).toBe('content')
    expect(await get()).toBe('content')
    expect(server.requests).toHaveLength(3)
  })
})

const challengeAtBase: Handler = (request, response) =>
  request.url === '/v2/'
    ? response.writeHead(401, { 'www-authenticate': 'Bearer realm="x:"' }).end()
    : response.writeHead(404)

describe('a refusal', () => {
  it('without credentials says that they are wanted', async () => {
    await using server = await startGuarded(() => 'Basic realm="x"')
    const error = await failureOf(enter(server)())
    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(error.what.en).toBe(`${server.host}/a/b: ${server.host} requires credentials`)
    expect(error.because?.en).toContain('UNAUTHORIZED: authentication required')
    expect(error.fix?.en).toContain(`docker login ${server.host}`)
  })

  it.each<[string, Login]>([
    ['Basic', me],
    ['bearer', { kind: 'bearer', token: 's3cret-token' }],
  ])('of %s credentials ends after one attempt, and shows none of them', async (_, login) => {
    await using server = await startGuarded((realm) => `Basic realm="${realm}"`)
    const get = enter(server, login)
    const error = await failureOf(get())
    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(JSON.stringify(error)).not.toContain('s3cret')
    expect(server.requests).toHaveLength(2)
    await failureOf(get())
    expect(server.requests).toHaveLength(3)
  })

  it('by the token service is told in its words', async () => {
    await using server = await startGuarded()
    server.guard.refuse = (_, response) =>
      response.writeHead(401).end('{"errors":[{"code":"DENIED","message":"who?"}]}')
    const error = await failureOf(enter(server, me)())
    expect(error.code).toBe('REGISTRY_UNAUTHORIZED')
    expect(error.because?.en).toContain('401 to the credentials: DENIED: who?')
    expect(JSON.stringify(error)).not.toContain('s3cret')
  })

  const identity: Login = { kind: 'identity', token: 'void' }
  it.each<[number, Login | undefined, string, RegExp]>([
    [401, me, 'REGISTRY_UNAUTHORIZED', /docker login/],
    [403, undefined, 'REGISTRY_UNAUTHORIZED', /docker login/],
    [400, identity, 'REGISTRY_UNAUTHORIZED', /docker login/],
    [400, undefined, 'REGISTRY_ANSWER_INVALID', /check the registry/],
    [404, me, 'REGISTRY_ANSWER_INVALID', /check the registry/],
  ])('by the token service (%i) is told with what helps', async (status, login, code, fix) => {
    await using server = await startGuarded()
    server.guard.refuse = (_, response) => response.writeHead(status).end()
    const error = await failureOf(enter(server, login)())
    expect(error).toMatchObject({ code, fix: { en: expect.stringMatching(fix) } })
    const shown = login === undefined ? 'to an anonymous request' : 'to the credentials'
    expect(error.because?.en).toMatch(new RegExp(`returned ${status} ${shown}$`))
  })

  it.each<[string, Handler]>([
    ['401 with', (_, response) => response.writeHead(401, { 'www-authenticate': 'Bearer realm="x:"' })],
    ['404 where nothing but /v2/ has', challengeAtBase],
  ])('by the token service ends the response before it: %s a challenge', async (_title, handler) => {
    let isClosed = false
    await using server = await startServer((request, response) => {
      handler(request, response)
      if (response.writableEnded) return
      response.on('close', () => {
        isClosed = true
      })
      response.write('a body without end')
    })
    const ask = enter(server, me, { ...QUICK, stall: 60_000 })
    expect((await failureOf(ask())).code).toBe('REGISTRY_ANSWER_INVALID')
    await expect.poll(() => isClosed).toBe(true)
  })

  it('is told without the password, also where the words are cut within it', async () => {
    await using server = await startGuarded()
    const password = 'Zm9vYmFyYmF6cXV4-quux'
    server.guard.refuse = (_request, response) =>
      response.writeHead(403).end(`${'x'.repeat(150)} ${password} is wrong`)
    const error = await failureOf(enter(server, { ...me, password })())
    expect(error.because?.en).toContain('xxx')
    expect(error.because?.en).not.toContain(password.slice(0, 5))
  })

  it('of a fresh token is final', async () => {
    await using server = await startGuarded()
    server.guard.valid.add = () => server.guard.valid
    expect((await failureOf(enter(server)())).code).toBe('REGISTRY_UNAUTHORIZED')
    expect(server.guard.asked).toHaveLength(1)
  })

  it('of fresh tokens that are said to be invalid is final after some', async () => {
    await using server = await startGuarded((realm) => `Bearer realm="${realm}",error="invalid_token"`)
    server.guard.valid.has = () => false
    const get = enter(server)
    for (const _ of [1, 2, 3]) await expect(get()).rejects.toBeInstanceOf(RetryableError)
    expect((await failureOf(get())).code).toBe('REGISTRY_UNAUTHORIZED')
  })

  it.each(['{}', '<html>', '{"token":""}', '[]'])(
    'is also a token service that answers %s',
    async (words) => {
      await using server = await startGuarded()
      server.guard.refuse = (_, response) => response.end(words)
      expect(await failureOf(enter(server)())).toMatchObject({
        code: 'REGISTRY_ANSWER_INVALID',
        fix: { en: expect.stringContaining('check the registry') },
      })
    },
  )

  it('shows a page in the place of a token, and nothing of a response that may hold one', async () => {
    await using server = await startGuarded()
    const shown = async (words: string) => {
      server.guard.refuse = (_, response) => response.end(words)
      return (await failureOf(enter(server)())).because?.en
    }
    expect(await shown('\n<html><h1>Log in</h1>')).toBe('it is a web page, not JSON: "Log in"')
    expect(await shown('{"token":"s3cret",}')).toBe('it is not JSON')
  })

  it('is also a token service that is no URL, or plain HTTP that nobody named', async () => {
    await using server = await startGuarded(() => 'Bearer realm="token service"')
    expect((await failureOf(enter(server, me)())).code).toBe('REGISTRY_ANSWER_INVALID')
    await using other = await startGuarded(() => 'Bearer realm="ftp://tokens.test/"')
    expect((await failureOf(enter(other, me)())).because?.en).toContain('ftp://tokens.test/')
    await using plain = await startGuarded(() => 'Bearer realm="http://tokens.test/"')
    expect((await failureOf(enter(plain, me)())).code).toBe('PLAIN_HTTP_REFUSED')
  })
})

describe('a registry that hides what it has from strangers', () => {
  it.each([404, 403, 410, 400, 405])(
    'with %s is asked for its challenge where there are credentials',
    async (status) => {
      const challenge = 'Basic realm="x"'
      await using server = await startServer((request, response) => {
        if (request.headers.authorization === basicOf('me:s3cret')) return response.end('content')
        if (request.url === '/v2/') return response.writeHead(401, { 'www-authenticate': challenge }).end()
        return response.writeHead(status).end('{"errors":[{"code":"NAME_UNKNOWN"}]}')
      })
      expect(await enter(server, me)()).toBe('content')
      expect((await failureOf(enter(server)())).code).toMatch(
        status === 400 || status === 405 ? /_INVALID$/ : /^REGISTRY_(NOT_FOUND|UNAUTHORIZED)$/,
      )
      expect(server.paths().filter((path) => path === '/v2/')).toHaveLength(1)
    },
  )

  it.each([200, 302])('behind a page to log in on (%s) is asked for its challenge, once', async (status) => {
    await using server = await startServer((request, response) => {
      if (request.headers.authorization === basicOf('me:s3cret')) return response.end('content')
      if (request.url === '/v2/')
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      if (status === 302 && request.url !== '/login')
        return response.writeHead(302, { location: '/login' }).end()
      return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>log in')
    })
    expect(await enter(server, me)()).toBe('content')
    expect(await enter(server)()).toBe('<html>log in')
    expect(server.paths().filter((path) => path === '/v2/')).toHaveLength(1)
  })

  it('that sends 401 without a challenge is asked at /v2/ too', async () => {
    await using server = await startServer((request, response) => {
      if (request.headers.authorization !== undefined) return response.end('content')
      const headers = request.url === '/v2/' ? { 'www-authenticate': 'Basic realm="x"' } : {}
      return response.writeHead(401, headers).end()
    })
    expect(await enter(server, me)()).toBe('content')
  })

  it('lets in all who were turned away while it was being asked', async () => {
    let strangers = 0
    await using server = await startServer(async (request, response) => {
      if (request.headers.authorization === basicOf('me:s3cret')) return response.end('content')
      if (request.url === '/v2/') {
        await expect.poll(() => strangers).toBe(2)
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      }
      strangers++
      return response.writeHead(404).end()
    })
    const ask = enter(server, me)
    expect(await Promise.all([ask(), ask()])).toEqual(['content', 'content'])
    expect(server.paths().filter((path) => path === '/v2/')).toHaveLength(1)
  })

  it('and really does not have it is believed', async () => {
    await using server = await startServer((request, response) => {
      if (request.url === '/v2/')
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return response.writeHead(404).end()
    })
    expect((await failureOf(enter(server, me)())).code).toBe('REGISTRY_NOT_FOUND')
  })
})

describe('a token answer', () => {
  const answered = async (body: unknown) => {
    await using server = await startGuarded()
    server.guard.valid.add('Bearer abc')
    server.guard.refuse = (_, response) => response.end(JSON.stringify(body))
    return await enter(server)()
  }

  it.each([
    { token: null, access_token: 'abc' },
    { token: 'abc', access_token: null, expires_in: '300' },
    { token: 'abc', expires_in: null, issued_at: null },
    { token: 'abc', expires_in: 'soon' },
    { token: 'abc', expires_in: -1 },
    { token: 'abc', expires_in: true },
    { access_token: ' abc ', expires_in: {} },
  ])('%j is taken', async (body) => {
    expect(await answered(body)).toBe('content')
  })

  it.each([{ token: null }, { token: 5 }, { token: 'a\r\nX: b' }, { token: 'schlüssel' }, [], null, 'abc'])(
    '%j is refused',
    async (body) => {
      expect((await failureOf(answered(body))).code).toBe('REGISTRY_ANSWER_INVALID')
    },
  )
})

describe('a server that repeats what it was shown', () => {
  it.each([
    ['as it is', (secret: string) => secret],
    ['in base64', (secret: string) => Buffer.from(`me:${secret}`).toString('base64')],
    ['encoded for a URL', encodeURIComponent],
    ['within JSON', (secret: string) => JSON.stringify({ errors: [{ code: 'DENIED', message: secret }] })],
  ])('%s is not repeated by its error', async (_name, form) => {
    const login: Login = { kind: 'basic', username: 'me', password: 'pa ss"w%rd' }
    await using server = await startServer((_, response) => {
      response.writeHead(401, { 'www-authenticate': `Basic realm="${encodeURIComponent(login.password)}"` })
      response.end(`you sent ${form(login.password)}`)
    })
    const error = await failureOf(enter(server, login)())
    const told = JSON.stringify([error, error.because, error.what, error.message])
    for (const secret of [
      login.password,
      'pa ss',
      form(login.password),
      Buffer.from(`me:${login.password}`).toString('base64'),
    ])
      expect(told).not.toContain(secret)
    expect(told).toContain('you sent')
  })
})
