import { createHash, randomBytes } from 'node:crypto'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { type Digest, digestOf, type WorkEvent } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { parseReference } from '../name/reference.ts'
import { openTestRegistry } from '../testing/test-client.ts'
import { addImage, emptyShelf, shelfHandler } from '../testing/test-images.ts'
import { type Handler, serveBytes, startServer, type TestServer } from '../testing/test-server.ts'
import { failureOf, QUICK } from '../testing/test-settings.ts'
import { memorySink } from '../transfer/memory-sink.ts'

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const CONTENT = randomBytes(10_000)
const BLOB = { digest: digestOf(CONTENT), size: CONTENT.length }

async function manifestOf(handler: Handler, digest?: Digest) {
  await using server = await startServer(handler)
  await using client = openTestRegistry()
  return await client.fetchManifest(parseReference(`${server.host}/a/b:v1`), digest)
}

const answer =
  (body: string | Uint8Array, headers: Record<string, string> = {}, status = 200): Handler =>
  (_, response) =>
    response.writeHead(status, headers).end(body)

describe('fetchManifest', () => {
  const document = { schemaVersion: 2, config: { mediaType: 'c', ...BLOB }, layers: [] }
  const text = JSON.stringify(document)
  const typed = JSON.stringify({ ...document, mediaType: OCI_MANIFEST })

  it.each([
    ['its Content-Type', OCI_MANIFEST, document, OCI_MANIFEST],
    ['parameters aside', `${OCI_MANIFEST}; charset=utf-8`, document, OCI_MANIFEST],
    ['its own mediaType', 'application/octet-stream', { ...document, mediaType: OCI_MANIFEST }, OCI_MANIFEST],
    ['its fields', 'text/plain', document, OCI_MANIFEST],
    ['its fields, whatever a proxy makes of it', 'application/xml', document, OCI_MANIFEST],
    ['its fields, where the type is none at all', 'manifest', document, OCI_MANIFEST],
    ['its fields, where its mediaType is empty', 'text/plain', { ...document, mediaType: '' }, OCI_MANIFEST],
    [
      'its own mediaType, not the other name of its kind',
      DOCKER_MANIFEST,
      { ...document, mediaType: OCI_MANIFEST },
      OCI_MANIFEST,
    ],
    [
      'its own mediaType, not an unknown one',
      'application/vnd.x',
      { ...document, mediaType: OCI_MANIFEST },
      OCI_MANIFEST,
    ],
  ])('knows what it is by %s', async (_, type, body, mediaType) => {
    const bytes = JSON.stringify(body)
    const manifest = await manifestOf(answer(bytes, { 'content-type': type }))
    expect(manifest.mediaType).toBe(mediaType)
    expect(manifest.digest).toBe(digestOf(bytes))
    expect(Buffer.from(manifest.bytes).toString()).toBe(bytes)
  })

  it('reads one that a proxy sends compressed, which nobody asked for', async () => {
    const packed = gzipSync(text)
    const manifest = await manifestOf(
      answer(packed, { 'content-type': OCI_MANIFEST, 'content-encoding': 'gzip' }),
    )
    expect(manifest.digest).toBe(digestOf(text))
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    const refusal = answer(bomb, { 'content-type': OCI_MANIFEST, 'content-encoding': 'gzip' })
    expect((await failureOf(manifestOf(refusal))).code).toBe('REGISTRY_ANSWER_INVALID')
  })

  it.each([
    ['deflate', deflateSync(text)],
    ['br', brotliCompressSync(text)],
    ['gzip', Buffer.from(text)],
    ['br', Buffer.from(text)],
  ])('reads one that is said to be sent as %s', async (coding, body) => {
    const headers = { 'content-type': OCI_MANIFEST, 'content-encoding': coding }
    expect((await manifestOf(answer(body, headers))).digest).toBe(digestOf(text))
  })

  it('shows the words of a page that is sent compressed', async () => {
    const page = brotliCompressSync(`<p>Please log in${' '.repeat(100_000)}`)
    const error = await failureOf(manifestOf(answer(page, { 'content-encoding': 'br' }, 403)))
    expect(error.because?.en).toContain('Please log in')
  })

  it('asks for all kinds that it can read', async () => {
    let accept: string | undefined
    await manifestOf((request, response) => {
      accept = request.headers.accept
      response.setHeader('content-type', OCI_MANIFEST)
      response.end(text)
    })
    for (const type of ['oci.image.index', 'oci.image.manifest', 'manifest.list.v2', 'manifest.v2']) {
      expect(accept).toContain(type)
    }
  })

  it('takes what a digest names for what it is, whatever Content-Type comes with it', async () => {
    for (const type of ['application/vnd.oci.image.index.v1+json', DOCKER_MANIFEST]) {
      const manifest = await manifestOf(answer(typed, { 'content-type': type }), digestOf(typed))
      expect(manifest.mediaType).toBe(OCI_MANIFEST)
    }
  })

  it.each([206, 416])('refuses status %i, which is not the whole', async (status) => {
    const error = await failureOf(manifestOf(answer(text, { 'content-type': OCI_MANIFEST }, status)))
    expect([error.code, error.because?.en]).toEqual([
      'REGISTRY_ANSWER_INVALID',
      expect.stringContaining(`status ${status}`),
    ])
  })

  it('shows the content type and the first words of a page', async () => {
    const page = '<html><style>p{}</style><h1>Please\n log in</h1> to the corporate network'
    const error = await failureOf(manifestOf(answer(page, { 'content-type': 'text/html' })))
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID')
    expect(error.because?.en).toContain('text/html: "Please log in to the corporate network"')
  })

  it.each([
    ['two kinds at once', { ...document, mediaType: OCI_MANIFEST, manifests: [] }, OCI_MANIFEST, 'at once'],
    [
      'two media types',
      { ...document, mediaType: OCI_MANIFEST },
      'application/vnd.oci.image.index.v1+json',
      'it is announced as',
    ],
    ['a field of a wrong type', { ...document, layers: [{}] }, OCI_MANIFEST, 'layers.0.mediaType'],
    [
      'a digest that is none',
      { ...document, config: { ...document.config, digest: 'md5:1' } },
      OCI_MANIFEST,
      'config.digest',
    ],
    ['a list', [], OCI_MANIFEST, 'a manifest was expected'],
    [
      'layers that Go reads in place of the layers',
      { ...document, Layers: [] },
      OCI_MANIFEST,
      'Layers: must be in the letter case',
    ],
    ['such a config', { ...document, Config: {} }, OCI_MANIFEST, 'Config: must be in the letter case'],
    [
      'a key that Go takes for layers',
      { ...document, layerſ: [] },
      OCI_MANIFEST,
      'layerſ: must be in the letter case',
    ],
    [
      'such a digest',
      { ...document, config: { ...document.config, Digest: 'x' } },
      OCI_MANIFEST,
      'config.Digest',
    ],
    ['an index within a manifest that Go sees', { ...document, Manifests: [] }, OCI_MANIFEST, 'at once'],
  ])('refuses %s', async (_, body, type, words) => {
    const error = await failureOf(manifestOf(answer(JSON.stringify(body), { 'content-type': type })))
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID')
    expect(error.because?.en).toContain(words)
  })

  it('refuses another digest than asked for, or than the registry itself claims, naming both', async () => {
    for (const [digest, headers] of [
      [BLOB.digest, {}],
      [undefined, { 'docker-content-digest': BLOB.digest }],
      [undefined, { 'docker-content-digest': `${digestOf(text)}, ${BLOB.digest}` }],
    ] as const) {
      const error = await failureOf(
        manifestOf(answer(text, { 'content-type': OCI_MANIFEST, ...headers }), digest),
      )
      expect(error.code).toBe('DIGEST_MISMATCH')
      expect(error.because?.en).toContain(BLOB.digest)
      expect(error.because?.en).toContain(digestOf(text))
    }
  })

  it('checks what the registry claims in SHA-512, and nothing by a claim that is no digest', async () => {
    const claimed = (digest: string) =>
      manifestOf(answer(text, { 'content-type': OCI_MANIFEST, 'docker-content-digest': digest }))
    const right = `sha512:${createHash('sha512').update(text).digest('hex')}`
    for (const digest of [right, 'garbage', 'md5:1', ''])
      expect((await claimed(digest)).digest).toBe(digestOf(text))
    const error = await failureOf(claimed(`sha512:${'0'.repeat(128)}`))
    expect([error.code, error.because?.en]).toEqual(['DIGEST_MISMATCH', expect.stringContaining(right)])
  })

  it('refuses more than 4 MiB without reading on', async () => {
    const endless: Handler = (_, response) => {
      response.writeHead(200, { 'content-type': OCI_MANIFEST })
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536, 32)));
        if (!response.destroyed) response.once('drain', more)
      }
      more()
    }
    const error = await failureOf(manifestOf(endless))
    expect(error.because?.en).toContain('more than 4194304 bytes')
  })

  it('says in the words of the registry that there is none', async () => {
    const error = await failureOf(manifestOf(shelfHandler(emptyShelf())))
    expect(error.code).toBe('REGISTRY_NOT_FOUND')
    expect(error.what.en).toMatch(/^127\.0\.0\.1:\d+\/a\/b:v1 does not exist$/)
    expect(error.because?.en).toContain('MANIFEST_UNKNOWN: manifest unknown')
  })

  it('survives trouble', async () => {
    let number = 0
    const manifest = await manifestOf((request, response) => {
      response.setHeader('content-type', OCI_MANIFEST)
      number++
      if (number === 1) response.writeHead(502).end()
      else if (number === 2) request.socket.destroy()
      else if (number === 3) response.writeHead(200, { 'content-length': 9999 }).end(text)
      else response.end(text)
    })
    expect(manifest.digest).toBe(digestOf(text))
    expect(number).toBe(4)
  })
})

describe('fetchBlob', () => {
  it.each([
    ['under its own name', 'app:1 (layer)', { label: 'app:1 (layer)' }],
    [
      'as a part of its image, without one',
      undefined,
      { part: true, label: expect.stringContaining('/a/b') },
    ],
  ])('is told %s', async (_how, label, told) => {
    await using server = await startServer((request, response) =>
      serveBytes(request, response, { bytes: CONTENT }),
    )
    const events: WorkEvent[] = []
    await using client = openTestRegistry({ report: (event) => void events.push(event) })
    await client.fetchBlob(parseReference(`${server.host}/a/b`), BLOB, memorySink(), label)
    expect(events.at(-1)).toEqual({ type: 'transferred', id: BLOB.digest, fetched: BLOB.size, ...told })
  })

  it('follows to storage without credentials and asks the registry again at each cut', async () => {
    let signed = 0
    await using storage = await startServer((request, response) => {
      if (request.url !== `/?sig=${signed}`) return response.writeHead(403).end('expired')
      return serveBytes(request, response, { bytes: CONTENT, ...(signed < 3 ? { cutAfter: 4000 } : {}) })
    })
    await using server = await startServer((request, response) => {
      if (request.headers.authorization === undefined) {
        return response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      }
      return response.writeHead(307, { location: `${storage.url}/?sig=${++signed}` }).end()
    })
    await using client = openTestRegistry({
      credentials: async () => ({ kind: 'basic', username: 'u', password: 'p' }),
    })
    const sink = memorySink()
    const result = await client.fetchBlob(parseReference(`${server.host}/a/b`), BLOB, sink)
    expect(sink.bytes()).toEqual(CONTENT)
    expect(result).toEqual({ fetched: BLOB.size })
    expect(storage.requests.map(({ headers }) => [headers.range, headers.authorization])).toEqual([
      [undefined, undefined],
      ['bytes=4000-', undefined],
      ['bytes=8000-', undefined],
    ])
  })

  it.each([400, 401, 403])(
    'takes a signature that ran out (%i) for a reason to ask again',
    async (status) => {
      let number = 0
      await using storage = await startServer((request, response) =>
        number < 2
          ? response.writeHead(status).end('expired')
          : serveBytes(request, response, { bytes: CONTENT }),
      )
      await using server = await startServer((_, response) => {
        number++
        response.writeHead(307, { location: storage.url }).end()
      })
      await using client = openTestRegistry()
      const sink = memorySink()
      await client.fetchBlob(parseReference(`${server.host}/a/b`), BLOB, sink)
      expect(sink.bytes()).toEqual(CONTENT)
    },
  )

  it('refuses a page, and says so', async () => {
    await using server = await startServer(answer('<b>Blocked</b>', { 'content-type': 'text/html' }))
    await using client = openTestRegistry()
    const error = await failureOf(client.fetchBlob(parseReference(`${server.host}/a/b`), BLOB, memorySink()))
    expect(error.code).toBe('TRANSFER_FAILED')
    expect(error.because?.en).toContain('text/html: "Blocked"')
  })
})

describe('mirrors', () => {
  const shelf = emptyShelf()
  addImage(shelf, { architecture: 'amd64', tag: 'v1' })
  const ref = (origin: TestServer) => parseReference(`${origin.host}/a/b:v1`)

  it('are asked first, with their path before the repository', async () => {
    await using origin = await startServer(shelfHandler(shelf))
    await using mirror = await startServer(shelfHandler(shelf))
    for (const [text, path] of [
      [mirror.host, '/v2/a/b/manifests/v1'],
      [`${mirror.url}/hub/`, '/v2/hub/a/b/manifests/v1'],
      [`${mirror.url}/v2/hub`, '/v2/hub/a/b/manifests/v1'],
      [`${mirror.url}/repository/docker/v2`, '/repository/docker/v2/a/b/manifests/v1'],
    ] as const) {
      await using client = openTestRegistry({ mirrors: { [origin.host]: [text] } })
      await client.fetchManifest(ref(origin)).catch(() => {})
      expect(mirror.paths().at(-1)).toBe(path)
    }
  })

  it.each<[string, Handler]>([
    ['does not have it', (_, response) => response.writeHead(404).end()],
    ['answers a page', answer('<h1>hi</h1>', { 'content-type': 'text/html' })],
    [
      'requires credentials',
      (_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="m"' }).end(),
    ],
    ['is broken', (_, response) => response.writeHead(500).end()],
    ['resets', (request) => request.socket.destroy()],
  ])('give way to the registry when one %s', async (_, handler) => {
    await using origin = await startServer(shelfHandler(shelf))
    await using mirror = await startServer(handler)
    await using client = openTestRegistry({ mirrors: { [origin.host]: [mirror.host] } })
    expect((await client.fetchManifest(ref(origin))).mediaType).toBe(OCI_MANIFEST)
    expect(mirror.requests.length).toBeGreaterThan(0)
    expect(mirror.requests.length).toBeLessThanOrEqual(2)
  })

  it('that sent half of a blob, or a wrong one, do not spoil it', async () => {
    await using origin = await startServer((request, response) =>
      serveBytes(request, response, { bytes: CONTENT }),
    )
    let cut = 4000
    await using half = await startServer((request, response) => {
      serveBytes(request, response, { bytes: CONTENT, cutAfter: cut })
      cut = 0
    })
    await using wrong = await startServer((request, response) =>
      serveBytes(request, response, { bytes: randomBytes(10_000) }),
    )
    for (const [mirror, fetched] of [
      [half, 10_000],
      [wrong, 20_000],
    ] as const) {
      await using client = openTestRegistry({ mirrors: { [origin.host]: [mirror.host] } })
      const chunks = memorySink()
      const sink = {
        ...chunks,
        existing: () =>
          (async function* () {
            yield Buffer.from(chunks.bytes())
          })() as never,
      }
      expect(await client.fetchBlob(ref(origin), BLOB, sink)).toEqual({ fetched })
      expect(chunks.bytes()).toEqual(CONTENT)
    }
  })

  it('that do not answer are left alone for a while', async () => {
    await using origin = await startServer(shelfHandler(shelf))
    await using mirror = await startServer((_, response) => response.writeHead(500).end())
    await using client = openTestRegistry({ mirrors: { [origin.host]: [mirror.host] } })
    for (let pull = 0; pull < 3; pull++) await client.fetchManifest(ref(origin))
    expect(mirror.requests).toHaveLength(2)
  })

  it('and the registry that fail are all named', async () => {
    await using origin = await startServer((_, response) => response.writeHead(404).end('gone'))
    await using mirror = await startServer((_, response) => response.writeHead(403).end('not you'))
    await using client = openTestRegistry({ mirrors: { [origin.host]: [mirror.host] } })
    const error = await failureOf(client.fetchManifest(ref(origin)))
    expect(error.code).toBe('REGISTRY_NOT_FOUND')
    expect(error.because?.en).toContain('gone')
    expect(error.because?.en).toContain(`mirror ${mirror.host} before it: REGISTRY_UNAUTHORIZED`)
    expect(error.because?.en).toContain('not you')
  })

  it('may be all that is asked', async () => {
    await using origin = await startServer(shelfHandler(shelf))
    await using mirror = await startServer((_, response) => response.writeHead(404).end())
    await using client = openTestRegistry({ mirrors: { [origin.host]: [mirror.host] }, mirrorsOnly: true })
    expect((await failureOf(client.fetchManifest(ref(origin)))).code).toBe('REGISTRY_NOT_FOUND')
    expect(origin.requests).toEqual([])
  })

  it('are shown their own credentials only', async () => {
    const seen: [string, string | undefined][] = []
    const guarded =
      (name: string, status: number): Handler =>
      (request, response) => {
        seen.push([name, request.headers.authorization])
        const known = request.headers.authorization !== undefined
        response.writeHead(known ? status : 401, { 'www-authenticate': 'Basic realm="x"' }).end()
      }
    await using origin = await startServer(guarded('origin', 404))
    await using mirror = await startServer(guarded('mirror', 404))
    await using client = openTestRegistry({
      mirrors: { [origin.host]: [mirror.host] },
      credentials: async (registry) => ({ kind: 'basic', username: registry, password: '' }),
    })
    await failureOf(client.fetchManifest(ref(origin)))
    const of = (server: TestServer) => `Basic ${Buffer.from(`${server.host}:`).toString('base64')}`
    expect(seen).toEqual([
      ['mirror', undefined],
      ['mirror', of(mirror)],
      ['origin', undefined],
      ['origin', of(origin)],
    ])
  })
})

it('gives up on a registry that is not there, with the reference and the address', async () => {
  await using client = openTestRegistry({ timeouts: QUICK })
  const error = await failureOf(client.fetchManifest(parseReference('127.0.0.1:1/a/b:v1')))
  expect(error.code).toBe('TRANSFER_FAILED')
  expect(error.what.en).toContain('127.0.0.1:1/a/b:v1')
  expect(error.because?.en).toContain('tried 4 times')
})
