import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { silent } from '@edgelift/core'
import { download, memorySink, parsePlatform, parseReference } from '@edgelift/oci'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import { openNetwork } from './network.ts'

const ME = `Basic ${Buffer.from('me:p@ss-word').toString('base64')}`

let folder: string
let servers: Server[] = []
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-network-'))
})
afterEach(async () => {
  for (const server of servers) server.close()
  servers = []
  await rm(folder, { recursive: true })
})

/** A server that lets in who is known to it. @returns its address, and what it was shown for each path */
async function serve(known: string | undefined, redirects: Record<string, string> = {}) {
  const shown: [path: string, authorization: string | undefined][] = []
  const server = createServer(({ url = '', headers }, response) => {
    shown.push([url, headers.authorization])
    const location = redirects[url]
    if (known !== undefined && headers.authorization !== known)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="files"' }).end()
    else if (location === undefined) response.end('content')
    else response.writeHead(302, { location }).end()
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, shown }
}

async function networkOf(config: object) {
  const file = path.join(folder, 'c.yaml')
  await writeFile(file, JSON.stringify(config))
  const signal = AbortSignal.timeout(10_000)
  return openNetwork(await loadConfig(file), { env: {}, report: silent, signal })
}

it('a file server gets the user of its replacement, and nobody whom it redirects to', async () => {
  const storage = await serve(undefined)
  const files = await serve(ME, { '/x/moved': `http://${storage.host}/signed` })
  await using network = await networkOf({
    plainHttp: ['127.0.0.1'],
    rewrites: { 'https://up.example/': `http://me:p%40ss-word@${files.host}/x/` },
  })
  for (const name of ['here', 'moved']) {
    const url = network.locate(`https://up.example/${name}`)
    expect(url).toBe(`http://${files.host}/x/${name}`)
    const sink = memorySink()
    await download({ url, sink, transport: network.transport, label: name })
    expect(Buffer.from(sink.bytes()).toString()).toBe('content')
  }
  expect(storage.shown).toEqual([['/signed', undefined]])
})

it('a file server that wants a user, and has none, says where one is written', async () => {
  const files = await serve(ME)
  await using network = await networkOf({
    plainHttp: ['127.0.0.1'],
    rewrites: { 'https://up.example/': `http://${files.host}/` },
  })
  const url = network.locate('https://up.example/x')
  await expect(
    download({ url, sink: memorySink(), transport: network.transport, label: 'x' }),
  ).rejects.toMatchObject({
    code: 'SOURCE_REFUSED',
    fix: {
      en: expect.stringContaining('put "USER:PASSWORD@" before its host'),
      zh: expect.stringContaining('"用户名:密码@"'),
    },
  })
})

it('a mirror gets the user of its URL, once it asks for one', async () => {
  const mirror = await serve(ME)
  await using network = await networkOf({
    plainHttp: ['127.0.0.1'],
    mirrors: { 'registry.example': [`http://me:p%40ss-word@${mirror.host}/proxy`] },
    mirrorsOnly: true,
  })
  const image = parseReference('registry.example/a:1')
  await network.registry.resolveImages(image, [parsePlatform('linux/amd64')]).catch(() => {})
  expect(mirror.shown).toEqual([
    ['/v2/proxy/a/manifests/1', undefined],
    ['/v2/proxy/a/manifests/1', ME],
  ])
})
