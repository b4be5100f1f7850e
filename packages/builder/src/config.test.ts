import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig, loginFor, rewriteUrl } from './config.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function configOf(text: string) {
  const file = path.join(folder, 'c.yaml')
  await writeFile(file, text)
  return loadConfig(file)
}

describe('loadConfig', () => {
  it('has defaults for everything', async () => {
    for (const text of ['', '# nothing but a comment\n', '{}']) {
      expect(await configOf(text)).toMatchObject({ concurrency: 3, mirrors: {}, ca: [] })
    }
  })

  it('keeps the passwords of its URLs to itself', async () => {
    const error = await configOf('mirrors: { docker.io: ["ftp://me:pass-w0rd@m.example"] }').catch((e) => e)
    expect(error.code).toBe('CONFIG_INVALID')
    expect(JSON.stringify([error, error.because])).not.toContain('pass-w0rd')
    const broken = await configOf('rewrites: { x: https://me:pass-w0rd2@m.example\n').catch((e) => e)
    expect(JSON.stringify([broken, broken.because])).not.toContain('pass-w0rd2')
  })

  it('reads certificates relative to the file', async () => {
    const pem = `\ufeff${rootCertificates.slice(0, 2).join('\r\n')}\n`
    await writeFile(path.join(folder, 'own.pem'), pem)
    expect((await configOf('caFiles: [own.pem]')).ca).toEqual([pem.replace('\ufeff', '')])
  })

  it('reads certificates with text in another encoding around them, as OpenSSL does', async () => {
    const [good = ''] = rootCertificates
    const subject = Buffer.from([0xb8, 0xf9, 0xd6, 0xa4, 0xca, 0xe9, 0x0a]) // GBK
    await writeFile(path.join(folder, 'gbk.pem'), Buffer.concat([subject, Buffer.from(`${good}\n`)]))
    const [pem = ''] = (await configOf('caFiles: [gbk.pem]')).ca
    expect(new X509Certificate(pem).raw).toEqual(new X509Certificate(good).raw)
  })

  it('refuses a damaged certificate among good ones, which OpenSSL would pass over', async () => {
    const [good = '', other = ''] = rootCertificates
    for (const bad of ['-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n', other.slice(0, 300)]) {
      await writeFile(path.join(folder, 'bad.pem'), `${good}\n${bad}`)
      await expect(configOf('caFiles: [bad.pem]')).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        because: { en: expect.stringContaining('certificate 2') },
      })
    }
  })

  it.each([
    ['concurency: 3', 'concurency'],
    ['concurrency: 0', 'concurrency'],
    ['mirrors: { docker.io: mirror }', 'mirrors.docker.io'],
    ['caFiles: [absent.pem]', 'absent.pem'],
    ['plainHttp: ["http://a"]', 'plainHttp.0'],
    ['mirrors: { docker.io: ["http://["] }', 'mirrors.docker.io.0'],
    ['mirrors: { docker.io: ["ftp://a"] }', 'mirrors.docker.io.0'],
    ['mirrors: { "https://docker.io": [a] }', 'mirrors.https://docker.io'],
    ['rewrites: { "https://a/": "mirror/a" }', 'rewrites.https://a/'],
    ['rewrites: { "https://a/": "https://m:80800/" }', 'rewrites.https://a/'],
    ['rewrites: { "https://a/": "https://[::1/" }', 'rewrites.https://a/'],
    ['rewrites: { "https://a/": "https://me:pass/word@m/" }', 'rewrites.https://a/'],
    ['rewrites: { "github.com/": "https://mirror/" }', 'rewrites.github.com/'],
    ['concurrency: 3\n---\nconcurrency: 4', 'several YAML documents'],
    ['concurrency: 3\nconcurrency: 4', 'line 2, column 1'],
    ['a: [', ''],
    ['- a', ''],
  ])('refuses "%s" and names the field', async (text, field) => {
    await expect(configOf(text)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      because: { en: expect.stringContaining(field) },
    })
  })

  it('refuses a file that was named and is not there', async () => {
    await expect(loadConfig(path.join(folder, 'absent.yaml'))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      fix: { en: expect.stringContaining('check the path') },
    })
  })

  it.each([
    ['mirors: {}', 'did you mean mirrors?'],
    ['caFiles: [absent.pem]', 'relative to this configuration file'],
  ])('says how to fix "%s"', async (text, words) => {
    await expect(configOf(text)).rejects.toMatchObject({ fix: { en: expect.stringContaining(words) } })
  })

  it('takes users and passwords out of the URLs that name them', async () => {
    const config = await configOf(
      'rewrites: { "https://a/": "https://me:p%40ss@M.example/a/", "https://b/": "https://m.example/b/" }\nmirrors: { x.example: ["https://robot$x:token@h.example:8443/x", "you:secret@g.example", f.example] }',
    )
    expect(config).toMatchObject({
      rewrites: { 'https://a/': 'https://M.example/a/', 'https://b/': 'https://m.example/b/' },
      mirrors: { 'x.example': ['https://h.example:8443/x', 'g.example', 'f.example'] },
      mirrorLogins: {
        'h.example:8443': { username: 'robot$x', password: 'token' },
        'g.example': { username: 'you', password: 'secret' },
      },
    })
    expect(loginFor(rewriteUrl('https://a/file', config.rewrites), config.fileLogins)).toEqual({
      username: 'me',
      password: 'p@ss',
    })
    for (const other of ['https://m.example/b/file', 'https://m.example.org/a/', 'http://m.example/a/'])
      expect(loginFor(other, config.fileLogins)).toBeUndefined()
  })

  it('knows a registry by each of its names, in any case', async () => {
    const text = 'mirrors: { docker.io: [a], index.docker.io: [b], Ghcr.IO: [c] }'
    expect(await configOf(text)).toMatchObject({
      mirrors: { 'docker.io': ['a', 'b'], 'ghcr.io': ['c'] },
    })
  })
})

it.each([
  ['HTTPS://A.example/b', 'https://a.example/'],
  ['https://a.example:443/b', 'https://a.example/'],
  ['https://a.example/b', 'https://A.example:443/'],
  ['http://a.example:80/b', 'HTTP://a.example/'],
])('rewrites %s, which %s begins, however server and port are written', (url, from) => {
  expect(rewriteUrl(url, { [from]: 'https://m/' })).toBe('https://m/b')
})

it.each([
  ['https://a.example', 'https://m.example', 'https://m.example/b'],
  ['https://a.example/', 'https://m.example', 'https://m.example/b'],
  ['https://a.example', 'https://m.example/x', 'https://m.example/x/b'],
  ['https://a', 'https://m.example', 'https://a.example/b'],
  ['https://', 'https://m.example', 'https://m.example/a.example/b'],
  ['https://', 'https://m.example/https://', 'https://m.example/https://a.example/b'],
])('never makes another server of one: %s, replaced by %s', (from, to, expected) => {
  expect(rewriteUrl('https://a.example/b', { [from]: to })).toBe(expected)
})

it('rewrites the longest beginning that fits', () => {
  const rewrites = { 'https://a/': 'http://m/a/', 'https://a/b/': 'http://n/' }
  expect(rewriteUrl('https://a/b/c', rewrites)).toBe('http://n/c')
  expect(rewriteUrl('https://a/c', rewrites)).toBe('http://m/a/c')
  expect(rewriteUrl('https://z/c', rewrites)).toBe('https://z/c')
})
