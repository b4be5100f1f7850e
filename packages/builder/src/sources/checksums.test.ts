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
