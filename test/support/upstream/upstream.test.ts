import { createHash } from 'node:crypto'
import { request } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import type { PublishedImage, UpstreamContent } from './content.ts'
import * as faults from './faults.ts'
import { startUpstream, type Upstream, type UpstreamOptions } from './upstream.ts'

const digest = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

const blob = Buffer.from('0123456789')
const index = Buffer.from(
  JSON.stringify({
    manifests: [
      { digest: 'sha256:a', platform: { os: 'linux', architecture: 'amd64' } },
      { digest: 'sha256:b', platform: { os: 'linux', architecture: 'arm64' } },
    ],
  }),
)
const INDEX = 'application/vnd.oci.image.index.v1+json'
const image: PublishedImage = {
  reference: 'docker.io/library/thing:1',
  root: digest(index),
  manifests: new Map([[digest(index), { mediaType: INDEX, bytes: index }]]),
  blobs: new Map([[digest(blob), { bytes: blob }]]),
}
const FILE = 'https://github.com/a/b/releases/download/v1%2Bk3s1/file'
const content: UpstreamContent = {
  files: [{ url: FILE, content: { bytes: blob }, etag: 'e1' }],
  images: [image],
}
const BLOB = `/v2/docker.io/library/thing/blobs/${digest(blob)}`
const MANIFEST = '/v2/docker.io/library/thing/manifests/1'

const running: Upstream[] = []
afterEach(async () => {
  for (const one of running.splice(0)) await one[Symbol.asyncDispose]()
})

async function start(options: Partial<UpstreamOptions> = {}): Promise<Upstream> {
  const upstream = await startUpstream({ content, auth: { kind: 'none' }, ...options })
  running.push(upstream)
  return upstream
}

async function get(url: string, headers: Record<string, string> = {}) {
  const answer = await request(url, { headers })
  const bytes = Buffer.from(await answer.body.arrayBuffer())
  return { status: answer.statusCode, headers: answer.headers, text: bytes.toString() }
}

describe('files', () => {
  it('are found under their internet name, with validators and ranges', async () => {
    const upstream = await start()
    const url = upstream.urlOf(FILE)
    expect(url).toBe(`${upstream.origin}/github.com/a/b/releases/download/v1%2Bk3s1/file`)
    const whole = await get(url)
    expect(whole).toMatchObject({ status: 200, text: '0123456789' })
    expect(whole.headers).toMatchObject({ etag: '"e1"', 'content-length': '10', 'accept-ranges': 'bytes' })
    expect(await get(url, { 'if-none-match': '"e1"' })).toMatchObject({ status: 304, text: '' })
    const part = await get(url, { range: 'bytes=4-', 'if-range': '"e1"' })
    expect(part).toMatchObject({ status: 206, text: '456789' })
    expect(part.headers['content-range']).toBe('bytes 4-9/10')
    expect(await get(url, { range: 'bytes=4-', 'if-range': '"old"' })).toMatchObject({ status: 200 })
    expect(await get(url, { range: 'bytes=10-' })).toMatchObject({ status: 416 })
    const head = await request(url, { method: 'HEAD' })
    expect([head.statusCode, head.headers['content-length']]).toEqual([200, '10'])
    expect(await get(`${upstream.origin}/github.com/nothing`)).toMatchObject({ status: 404 })
    expect(upstream.served.of('/file')).toEqual({ requests: 6, bytes: 10 + 6 + 10 + 14 })
  })
})

describe('the registry', () => {
  it('serves by tag and digest and refuses what it has not', async () => {
    const upstream = await start()
    const byTag = await get(`${upstream.origin}${MANIFEST}`)
    expect(byTag.headers).toMatchObject({ 'content-type': INDEX, 'docker-content-digest': digest(index) })
    expect(await get(`${upstream.origin}${BLOB}`)).toMatchObject({ status: 200, text: '0123456789' })
    expect((await get(`${upstream.origin}/v2/docker.io/library/thing/manifests/2`)).text).toContain(
      'MANIFEST_UNKNOWN',
    )
    expect((await get(`${upstream.origin}/v2/docker.io/library/none/tags/list`)).text).toContain(
      'NAME_UNKNOWN',
    )
  })

  it('asks for a token as Docker Hub does, and gives none for what is not there', async () => {
    const upstream = await start({ auth: { kind: 'token' } })
    const refused = await get(`${upstream.origin}${BLOB}`)
    expect(refused.status).toBe(401)
    expect(refused.headers['www-authenticate']).toMatch(
      /^Bearer realm="http.*\/token",service=.*, Basic realm="registry, /,
    )
    const token = await tokenFor(upstream, 'docker.io/library/thing')
    expect(await get(`${upstream.origin}${BLOB}`, { authorization: `Bearer ${token}` })).toMatchObject({
      status: 200,
    })
    const other = await get(`${upstream.origin}/v2/docker.io/library/none/manifests/1`, {
      authorization: `Bearer ${await tokenFor(upstream, 'docker.io/library/none')}`,
    })
    expect([other.status, String(other.headers['www-authenticate'])]).toEqual([
      401,
      expect.stringContaining('insufficient_scope'),
    ])
  })

  it('lets only its users in when there are some', async () => {
    const upstream = await start({ auth: { kind: 'basic', users: { me: 'se:cret' } } })
    const authorization = `Basic ${Buffer.from('me:se:cret').toString('base64')}`
    expect(await get(`${upstream.origin}${BLOB}`)).toMatchObject({ status: 401 })
    expect(await get(`${upstream.origin}${BLOB}`, { authorization })).toMatchObject({ status: 200 })
  })
})

describe('faults', () => {
  const failing = (...rules: faults.Fault[]) => start({ faults: rules })
  const url = (upstream: Upstream) => `${upstream.origin}${BLOB}`

  it('cuts, resets and stalls connections, each only as often as asked', async () => {
    const upstream = await failing(
      faults.on({ path: '/blobs/', nth: 1 }, faults.cut({ bytes: 4 })),
      faults.on({ path: '/blobs/', nth: 2 }, faults.reset()),
      faults.on({ path: '/blobs/', nth: 3 }, faults.stall({ share: 0.5 })),
    )
    await expect(get(url(upstream))).rejects.toThrow(/other side closed|terminated/)
    await expect(get(url(upstream))).rejects.toThrow()
    const stalled = await request(url(upstream), { bodyTimeout: 200 })
    await expect(stalled.body.text()).rejects.toThrow(/Body Timeout/)
    expect(await get(url(upstream))).toMatchObject({ status: 200, text: '0123456789' })
    expect(upstream.served.log.map((one) => [one.status, one.bytes])).toEqual([
      [200, 4],
      [0, 0],
      [200, 5],
      [200, 10],
    ])
  })

  it('counts the requests of each path by itself', async () => {
    const upstream = await failing(faults.on({ nthOfPath: 1 }, faults.status(503)))
    const seen: number[] = []
    for (const path of [BLOB, BLOB, MANIFEST, MANIFEST])
      seen.push((await get(`${upstream.origin}${path}`)).status)
    expect(seen).toEqual([503, 200, 503, 200])
  })

  it('sends away, asks for patience, answers with a page', async () => {
    const upstream = await failing(
      faults.on({ nth: 1 }, faults.tooManyRequests(7)),
      faults.on({ nth: 2 }, faults.htmlPage()),
      faults.on({ nth: 3 }, faults.missing()),
    )
    expect(await get(url(upstream))).toMatchObject({ status: 429, headers: { 'retry-after': '7' } })
    expect((await get(url(upstream))).headers['content-type']).toContain('text/html')
    expect(await get(url(upstream))).toMatchObject({ status: 404 })
  })

  it('lies about bytes, lengths and ranges', async () => {
    const upstream = await failing(
      faults.on({ nth: 1 }, faults.wrongBytes()),
      faults.on({ nth: 2 }, faults.lyingLength(3)),
      faults.on({ nth: 3 }, faults.lyingLength(-3)),
      faults.on({ nth: 4 }, faults.longerBody(2)),
      faults.on({ nth: 5 }, faults.ignoreRange()),
      faults.on({ nth: 6 }, faults.wrongContentRange()),
    )
    expect((await get(url(upstream))).text).toBe('1123456789')
    await expect(get(url(upstream))).rejects.toThrow()
    expect((await get(url(upstream)).catch(() => ({ text: '0123456' }))).text).toBe('0123456')
    expect((await get(url(upstream))).text).toBe('0123456789\0\0')
    expect(await get(url(upstream), { range: 'bytes=4-' })).toMatchObject({ status: 200, text: '0123456789' })
    expect((await get(url(upstream), { range: 'bytes=4-' })).headers['content-range']).toBe('bytes 5-9/10')
  })

  it('takes a platform out of an index', async () => {
    const upstream = await failing(faults.on({ path: '/manifests/' }, faults.withoutPlatform('linux/arm64')))
    const answer = await get(`${upstream.origin}${MANIFEST}`)
    expect(JSON.parse(answer.text).manifests).toHaveLength(1)
    expect(answer.headers['docker-content-digest']).toBeUndefined()
  })

  it('takes back a token, and gives another', async () => {
    const rules = [faults.on({ path: '/blobs/', nth: 1 }, faults.expiredToken())]
    const upstream = await start({ auth: { kind: 'token' }, faults: rules })
    const authorization = `Bearer ${await tokenFor(upstream, 'docker.io/library/thing')}`
    const refused = await get(url(upstream), { authorization })
    expect([refused.status, String(refused.headers['www-authenticate'])]).toEqual([
      401,
      expect.stringContaining('invalid_token'),
    ])
    expect(await get(url(upstream), { authorization })).toMatchObject({ status: 200 })
  })

  it('leads to another origin, which tells whether credentials came along', async () => {
    const upstream = await failing(faults.on({ path: '/blobs/' }, faults.redirectElsewhere()))
    const answer = await get(url(upstream))
    expect(answer.status).toBe(307)
    const location = String(answer.headers.location)
    expect(location.startsWith(upstream.elsewhere.origin)).toBe(true)
    expect(await get(location, { authorization: 'Bearer leaked' })).toMatchObject({
      status: 200,
      text: '0123456789',
    })
    expect(upstream.elsewhere.served.log.map((one) => one.authorized)).toEqual([true])
  })
})

async function tokenFor(upstream: Upstream, repository: string): Promise<string> {
  const answer = await get(
    `${upstream.origin}/token?service=registry.test&scope=repository:${repository}:pull`,
  )
  return (JSON.parse(answer.text) as { token: string }).token
}
