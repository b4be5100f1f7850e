import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import type { Digest } from '@edgelift/core'
import { openStore, openTransport, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Lock } from '../lock/schema.ts'
import type { ExpandedSource } from '../release/expand.ts'
import type { SourceContext } from './context.ts'
import { sourceFetcher } from './fetch-source.ts'

let folder: string
let store: Store
let server: Server
let origin: string
let files: Map<string, { body: string; etag?: string }>
let asked: string[]

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'fetch-source-'))
  store = await openStore(folder)
  files = new Map()
  asked = []
  server = createServer((request, response) => {
    const file = files.get(request.url ?? '')
    const known = file?.etag !== undefined && request.headers['if-none-match'] === file.etag
    asked.push(`${known ? 304 : file === undefined ? 404 : 200} ${request.url}`)
    if (file === undefined) response.writeHead(404).end('no')
    else if (known) response.writeHead(304).end()
    else {
      const length = Buffer.byteLength(file.body)
      response.writeHead(200, {
        'content-length': length,
        ...(file.etag === undefined ? {} : { etag: file.etag }),
      })
      response.end(file.body)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})

const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex')

function context(previous?: Lock): SourceContext {
  return {
    store,
    previous,
    transport: openTransport({ plainHttp: [new URL(origin).host] }),
    locate: (url) => url.replace('https://up.example', origin),
  }
}

function source(name: string, checksum?: ExpandedSource['checksum']): ExpandedSource {
  return {
    id: `files.${name}`,
    name,
    roles: ['edge'],
    url: `https://up.example/${name}`,
    generatedSource: false,
    ...(checksum === undefined ? {} : { checksum }),
  }
}

describe('a download with upstream’s checksum', () => {
  it('in SHA-256 is fetched once, and not again while the store has it', async () => {
    files.set('/tool', { body: 'tool' })
    files.set('/tool.sha256', { body: `${hash('sha256', 'tool')}  tool\n` })
    const wanted = source('tool', { url: 'https://up.example/tool.sha256' })
    const first = await sourceFetcher(context())(wanted)
    expect(first).toMatchObject({
      digest: `sha256:${hash('sha256', 'tool')}`,
      size: 4,
      trust: 'upstream-checksum',
      checksumUrl: 'https://up.example/tool.sha256',
    })
    await sourceFetcher(context())(wanted)
    expect(asked.filter((one) => one.endsWith('/tool'))).toHaveLength(1)
  })

  it('in SHA-512 alone is hashed both ways, and known again by it', async () => {
    files.set('/tool', { body: 'tool' })
    files.set('/sum', { body: hash('sha512', 'tool') })
    const wanted = source('tool', { url: 'https://up.example/sum' })
    const fetched = await sourceFetcher(context())(wanted)
    expect(fetched.digest).toBe(`sha256:${hash('sha256', 'tool')}`)
    expect(fetched.upstreamIntegrity).toMatch(/^sha512-/)
    expect(await sourceFetcher(context())(wanted)).toEqual(fetched)
    expect(asked.filter((one) => one.endsWith('/tool'))).toHaveLength(1)
    expect(await readdir(path.join(folder, 'incoming'))).toEqual([])
  })

  it('in SHA-512 alone is read once more by a later run, and not at all by the one that fetched it', async () => {
    files.set('/tool', { body: 'tool' })
    files.set('/sum', { body: hash('sha512', 'tool') })
    const opened: Digest[] = []
    const open = (digest: Digest) => {
      opened.push(digest)
      return store.open(digest)
    }
    for (const expected of [0, 1]) {
      const counting = { ...context(), store: { ...store, open } }
      await sourceFetcher(counting)(source('tool', { url: 'https://up.example/sum' }))
      expect(opened).toHaveLength(expected)
    }
  })

  it('in SHA-512 alone that came with wrong bytes is not resumed from them, though its entity tag is the same', async () => {
    files.set('/tool', { body: 'tolo', etag: '"1"' })
    files.set('/sum', { body: hash('sha512', 'tool') })
    const wanted = source('tool', { url: 'https://up.example/sum' })
    await expect(sourceFetcher(context())(wanted)).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' })
    files.set('/tool', { body: 'tool', etag: '"1"' })
    expect((await sourceFetcher(context())(wanted)).digest).toBe(`sha256:${hash('sha256', 'tool')}`)
  })

  it('in SHA-512 alone is known again by the last lock, without this store’s memory', async () => {
    files.set('/sum', { body: hash('sha512', 'tool') })
    const digest = await store.putBytes(Buffer.from('tool'))
    const integrity = `sha512-${createHash('sha512').update('tool').digest('base64')}`
    const previous = {
      downloads: [{ url: 'https://up.example/tool', upstreamIntegrity: integrity, digest }],
    } as unknown as Lock
    const fetched = await sourceFetcher(context(previous))(source('tool', { url: 'https://up.example/sum' }))
    expect(fetched.digest).toBe(digest)
    expect(asked).toEqual(['200 /sum'])
  })

  it('in SHA-512 alone is not taken for what a last lock says that has another hash', async () => {
    files.set('/tool', { body: 'tool' })
    files.set('/sum', { body: hash('sha512', 'tool') })
    const digest = await store.putBytes(Buffer.from('evil'))
    const integrity = `sha512-${createHash('sha512').update('tool').digest('base64')}`
    const previous = {
      downloads: [{ url: 'https://up.example/tool', upstreamIntegrity: integrity, digest }],
    } as unknown as Lock
    const fetched = await sourceFetcher(context(previous))(source('tool', { url: 'https://up.example/sum' }))
    expect(fetched.digest).toBe(`sha256:${hash('sha256', 'tool')}`)
  })

  it.each([
    ['sha256', 'sha512'],
    ['sha512', 'sha256'],
    ['sha512', 'sha384'],
    ['sha256', 'sha384'],
  ])('that is right in %s and wrong in %s is refused', async (right, wrong) => {
    files.set('/tool', { body: 'tool' })
    files.set('/sum', { body: `${hash(right, 'tool')}  tool\n${hash(wrong, 'other')}  tool\n` })
    const work = sourceFetcher(context())(source('tool', { url: 'https://up.example/sum' }))
    await expect(work).rejects.toMatchObject({ exit: 4, code: expect.stringMatching(/MISMATCH/) })
  })

  it.each(['sha256', 'sha512'])(
    'in %s is refused when it is something else, and leaves nothing',
    async (algorithm) => {
      files.set('/tool', { body: 'evil' })
      files.set('/sum', { body: hash(algorithm, 'tool') })
      const work = sourceFetcher(context())(source('tool', { url: 'https://up.example/sum' }))
      await expect(work).rejects.toMatchObject({ exit: 4, code: expect.stringMatching(/MISMATCH/) })
      expect(await store.ls()).toEqual([])
    },
  )

  it('in a list with folders is that of the path that was downloaded', async () => {
    files.set('/v1/bin/arm64/tool', { body: 'tool' })
    files.set('/sums', {
      body: `${hash('sha256', 'x')}  bin/amd64/tool\n${hash('sha256', 'tool')}  bin/arm64/tool\n`,
    })
    const wanted = source('v1/bin/arm64/tool', { url: 'https://up.example/sums' })
    expect((await sourceFetcher(context())(wanted)).digest).toBe(`sha256:${hash('sha256', 'tool')}`)
  })

  it('reads one checksum file once for several downloads', async () => {
    files.set('/a', { body: 'a' })
    files.set('/b', { body: 'b' })
    files.set('/sums', { body: `${hash('sha256', 'a')}  a\n${hash('sha256', 'b')}  b\n` })
    const fetch = sourceFetcher(context())
    await Promise.all(['a', 'b', 'a'].map((name) => fetch(source(name, { url: 'https://up.example/sums' }))))
    expect(asked.sort()).toEqual(['200 /a', '200 /b', '200 /sums'])
  })

  it('says when the file of checksums is a web page', async () => {
    files.set('/sum', { body: '<!doctype html><title>log in</title>' })
    await expect(
      sourceFetcher(context())(source('tool', { url: 'https://up.example/sum' })),
    ).rejects.toMatchObject({ code: expect.stringMatching(/CHECKSUM_UNREADABLE|TRANSFER_FAILED|ANSWER/) })
  })

  it('refuses a file of checksums that is far too long, and names it', async () => {
    files.set('/tool', { body: 'tool' })
    files.set('/sum', { body: `${hash('sha256', 'other')}  other\n`.repeat(100_000) })
    const work = sourceFetcher(context())(source('tool', { url: 'https://up.example/sum' }))
    await expect(work).rejects.toMatchObject({
      code: 'CHECKSUM_UNREADABLE',
      what: { en: expect.stringMatching(/^files\.tool\b.*\/sum is too long$/) },
      because: { en: expect.stringMatching(/^a checksum list of more than \d+ bytes is not accepted$/) },
    })
  })
})

describe('an interrupted download whose SHA-256 is not known', () => {
  const body = Array.from({ length: 60_000 }, (_, at) => `${at} `).join('')

  /** Serves half of the file and says nothing more; then whatever is asked for. */
  function serve(etag: () => string): Promise<void> {
    let first = true
    server.removeAllListeners('request')
    server.on('request', (request, response) => {
      const range = request.headers['if-range'] === etag() ? request.headers.range : undefined
      const from = Number(/\d+/.exec(range ?? '')?.[0] ?? 0)
      asked.push(`${range ?? 'whole'}`)
      const whole = { etag: etag(), 'content-length': body.length - from }
      if (from === 0) response.writeHead(200, whole)
      else
        response.writeHead(206, {
          ...whole,
          'content-range': `bytes ${from}-${body.length - 1}/${body.length}`,
        })
      if (!first) return response.end(body.slice(from))
      first = false
      return response.write(body.slice(0, body.length / 2))
    })
    return Promise.resolve()
  }

  /** Starts the download and stops it once half of it is on the disk. */
  async function interruptedOnce(): Promise<void> {
    const stop = new AbortController()
    const transport = openTransport({ plainHttp: [new URL(origin).host], signal: stop.signal })
    const work = sourceFetcher({ ...context(), transport })(source('list'))
    while ((await store.ls()).every(({ size }) => size === 0))
      await new Promise((done) => setTimeout(done, 10))
    stop.abort()
    await expect(work).rejects.toMatchObject({ code: 'INTERRUPTED' })
  }

  it('resumes from its partial file by the entity tag', async () => {
    await serve(() => '"1"')
    await interruptedOnce()
    const { digest } = await sourceFetcher(context())(source('list'))
    expect(digest).toBe(`sha256:${hash('sha256', body)}`)
    expect(asked[1]).toMatch(/^bytes=[1-9]\d+-$/)
    expect(await readdir(path.join(folder, 'incoming'))).toEqual([])
  })

  it('begins again when the file has changed meanwhile', async () => {
    let etag = '"1"'
    await serve(() => etag)
    await interruptedOnce()
    etag = '"2"'
    const { digest } = await sourceFetcher(context())(source('list'))
    expect(digest).toBe(`sha256:${hash('sha256', body)}`)
    expect(asked.at(-1)).toBe('whole')
  })

  it('begins again after a restart of the machine: a power loss may leave holes', async () => {
    await serve(() => '"1"')
    await interruptedOnce()
    const [name = ''] = await readdir(path.join(folder, 'incoming'))
    const about = path.join(folder, 'incoming', name, 'about.json')
    await writeFile(about, (await readFile(about, 'utf8')).replace(/"boot":"[^"]*"/, '"boot":"another"'))
    await sourceFetcher(context())(source('list'))
    expect(asked.at(-1)).toBe('whole')
  })
})

describe('a download without a checksum', () => {
  it('is trusted at first use, and asked for by its entity tag afterwards', async () => {
    files.set('/list', { body: 'one', etag: '"1"' })
    const first = await sourceFetcher(context())(source('list'))
    expect(first.trust).toBe('first-use')
    expect(await sourceFetcher(context())(source('list'))).toEqual(first)
    expect(asked).toEqual(['200 /list', '304 /list'])
    files.set('/list', { body: 'two', etag: '"2"' })
    const changed = await sourceFetcher(context())(source('list'))
    expect(changed.digest).toBe(`sha256:${hash('sha256', 'two')}`)
  })

  it('is fetched again where the server gives no entity tag', async () => {
    files.set('/list', { body: 'one' })
    await sourceFetcher(context())(source('list'))
    await sourceFetcher(context())(source('list'))
    expect(asked).toEqual(['200 /list', '200 /list'])
  })

  it('is refused when it is empty: nothing else says whether it is whole', async () => {
    files.set('/tool', { body: '' })
    await expect(sourceFetcher(context())(source('tool'))).rejects.toMatchObject({ code: 'SOURCE_REFUSED' })
    files.set('/tool', { body: 'tool' })
    expect((await sourceFetcher(context())(source('tool'))).size).toBe(4)
  })

  it('is named when it is not published', async () => {
    await expect(sourceFetcher(context())(source('gone'))).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
  })
})

describe('a download whose digest the release names', () => {
  it('is checked by it', async () => {
    files.set('/tool', { body: 'tool' })
    const fetch = sourceFetcher(context())
    expect((await fetch(source('tool', { sha256: hash('sha256', 'tool') }))).trust).toBe('release-digest')
    const capitals = hash('sha256', 'tool').toUpperCase() // as PowerShell writes it
    expect((await fetch(source('tool', { sha256: capitals }))).digest).toBe(
      `sha256:${hash('sha256', 'tool')}`,
    )
    const behindAlgorithm = `sha256:${hash('sha256', 'tool')}` // as GitHub shows it
    expect((await fetch(source('tool', { sha256: behindAlgorithm }))).digest).toBe(behindAlgorithm)
    await expect(fetch(source('tool', { sha256: hash('sha256', 'x') }))).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    })
  })
})
