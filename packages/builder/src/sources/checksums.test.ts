import { createHash } from 'node:crypto'
import ssri from 'ssri'
import { describe, expect, it } from 'vitest'
import { parseChecksums } from './checksums.ts'
import { parseImageList } from './image-list.ts'

const BYTES = Buffer.from('content')
const hash = (algorithm: string): string => createHash(algorithm).update(BYTES).digest('hex')
const options = { name: 'tool.tgz', where: 'https://f.example/sums' }

describe('upstream’s checksum files', () => {
  it.each([
    ['a list', `${'0'.repeat(64)}  other\n${hash('sha256')}  tool.tgz\n`],
    ['a list in binary mode', `${hash('sha256')} *tool.tgz\n`],
    ['a list with folders', `${hash('sha256')}  ./dist/tool.tgz\r\n`],
    ['upper case', `${hash('sha256').toUpperCase()}  tool.tgz\n`],
    ['a bare SHA-512', hash('sha512')],
    ['a bare SHA-256 with a line end', `${hash('sha256')}\n`],
    ['BSD', `SHA512 (tool.tgz) = ${hash('sha512')}\n`],
    ['BSD, with a name in parentheses', `SHA256 (dist/tool.tgz) = ${hash('sha256')}\n`],
    ['openssl dgst', `SHA256(tool.tgz)= ${hash('sha256')}\n`],
    ['openssl dgst of version 3', `SHA2-256(./tool.tgz)= ${hash('sha256')}\n`],
    ['a list with a byte order mark', `\ufeff${hash('sha256')}  tool.tgz\n`],
    ['a list with comments and empty lines', `# release 1\n\n${hash('sha384')}  tool.tgz\n`],
    ['several algorithms', `${hash('sha256')}  tool.tgz\n${hash('sha512')}  tool.tgz\n`],
    ['a weak one beside a strong one', `${hash('md5')}  tool.tgz\n${hash('sha256')}  tool.tgz\n`],
    ['SHA-224 beside it', `${hash('sha224')}  tool.tgz\n${hash('sha256')}  tool.tgz\n`],
    [
      'signed in the clear',
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n${hash('sha256')}  tool.tgz\n-----BEGIN PGP SIGNATURE-----\n\niQIzBAEBCAAd\n-----END PGP SIGNATURE-----\n`,
    ],
    ['of a BSD port', `TIMESTAMP = 17\nSHA256 (tool.tgz) = ${hash('sha256')}\nSIZE (tool.tgz) = 7\n`],
    ['with BLAKE2', `BLAKE2b (tool.tgz) = ${hash('blake2b512')}\nSHA512 (tool.tgz) = ${hash('sha512')}\n`],
    ['with SM3', `SHA256 (tool.tgz) = ${hash('sha256')}\nSM3 (tool.tgz) = ${'0'.repeat(64)}\n`],
    [
      'with SHA-512/256',
      `SHA2-512/256(tool.tgz)= ${'0'.repeat(64)}\nSHA2-256(tool.tgz)= ${hash('sha256')}\n`,
    ],
    ['with an escaped name', `\\${'0'.repeat(64)}  a\\nb\n${hash('sha256')}  tool.tgz\n`],
  ])('%s', (_, text) => {
    const { integrity } = parseChecksums(text, options)
    expect(ssri.checkData(BYTES, integrity)).not.toBe(false)
    expect(ssri.checkData(Buffer.from('other'), integrity)).toBe(false)
  })

  it('gives the digest where upstream speaks SHA-256', () => {
    expect(parseChecksums(hash('sha256'), options).sha256).toBe(`sha256:${hash('sha256')}`)
    expect(parseChecksums(hash('sha512'), options).sha256).toBeUndefined()
  })

  it('takes the hash of the very file where a list has names that end alike', () => {
    const [mine, theirs] = [hash('sha256'), '0'.repeat(64)]
    const text = `${theirs}  my-tool.tgz\n${mine}  tool.tgz\n${theirs}  tool.tgz.asc\n`
    expect(parseChecksums(text, options).sha256).toBe(`sha256:${mine}`)
  })

  const folders = `${'0'.repeat(64)}  bin/amd64/tool.tgz\n${hash('sha256')}  ./bin/arm64/tool.tgz\n${'1'.repeat(64)}  tool.tgz\n`
  it.each([
    ['the path of the download', { name: 'tool.tgz', path: '/v1/bin/arm64/tool.tgz' }, hash('sha256')],
    ['a name with its folder', { name: 'arm64/tool.tgz' }, hash('sha256')],
    ['the whole name', { name: 'bin/amd64/tool.tgz' }, '0'.repeat(64)],
    ['the very name', { name: 'tool.tgz' }, '1'.repeat(64)],
    ['the very name, by another path', { name: 'tool.tgz', path: '/v1/tool.tgz' }, '1'.repeat(64)],
  ])('tells files of several folders apart by %s', (_, by, expected) => {
    expect(parseChecksums(folders, { ...options, ...by }).sha256).toBe(`sha256:${expected}`)
  })

  it('asks which file is meant where nothing tells files of several folders apart', () => {
    const text = folders.split('\n').slice(0, 2).join('\n')
    expect(() => parseChecksums(text, { ...options, path: '/v1/tool.tgz' })).toThrow(
      expect.objectContaining({
        fix: expect.objectContaining({
          en: expect.stringMatching(/bin\/amd64\/tool.tgz, bin\/arm64\/tool.tgz$/),
        }),
      }),
    )
  })

  it('takes an escaped name for what it stands for', () => {
    const text = `\\${hash('sha256')}  a\\\\b\\nc\n`
    expect(parseChecksums(text, { ...options, name: 'a\\b\nc' }).sha256).toBe(`sha256:${hash('sha256')}`)
  })

  it('says in both languages which file is not in the list, and which ones are', () => {
    const text = `${hash('sha256')}  a.tgz\n${hash('sha256')}  b.tgz\n`
    expect(() => parseChecksums(text, options)).toThrow(
      expect.objectContaining({
        what: {
          en: 'https://f.example/sums does not name tool.tgz',
          zh: 'https://f.example/sums 中没有 tool.tgz',
        },
        because: { en: 'it names a.tgz, b.tgz', zh: '其中有 a.tgz、b.tgz' },
        fix: expect.objectContaining({ zh: expect.stringContaining('checksum.name') }),
      }),
    )
  })

  it.each([
    ['a web page', '<!doctype html><p>404', /web page/],
    ['nothing', '\n', /empty/],
    ['another file', `${hash('sha256')}  other.tgz\n`, /it names other.tgz/],
    ['two truths', `${hash('sha256')}  tool.tgz\n${'0'.repeat(64)}  tool.tgz\n`, /0000/],
    ['only a weak hash', `${hash('md5')}  tool.tgz\n`, /forged/],
    [
      'a hash of another algorithm only',
      `SM3 (tool.tgz) = ${'0'.repeat(64)}\n`,
      /what is checked is SHA-256/,
    ],
    ['half a hash by its algorithm', `SHA256 (tool.tgz) = ${hash('sha256').slice(0, 40)}\n`, /begins/],
    [
      'half a hash beside whole ones',
      `${hash('sha256')}  a.tgz\n${hash('sha256').slice(0, 50)}  tool.tgz\n`,
      /begins/,
    ],
    ['a bare hash inside of something else', `<p>\n${hash('sha256')}\n</p>`, /begins/],
    ['half a hash', `${hash('sha256').slice(0, 50)}  tool.tgz\n`, /begins/],
    ['several hashes without names', `${hash('sha256')}\n${hash('sha512')}\n`, /without names/],
  ])('refuses %s', (_, text, because) => {
    expect(() => parseChecksums(text, options)).toThrow(
      expect.objectContaining({
        code: 'CHECKSUM_UNREADABLE',
        because: expect.objectContaining({ en: expect.stringMatching(because) }),
      }),
    )
  })
})

describe('lists of images', () => {
  it('are read in canonical form', () => {
    expect(parseImageList('busybox:1\r\n# no\n\nrancher/x:v1\n', 'l')).toEqual([
      'docker.io/library/busybox:1',
      'docker.io/rancher/x:v1',
    ])
  })

  it.each(['<html>', 'busybox', 'busybox:latest', ''])('are refused with %j', (line) => {
    expect(() => parseImageList(`a:1\n${line}`.slice(line === '' ? 4 : 0), 'l')).toThrow(/IMAGE_LIST_INVALID/)
  })
})
