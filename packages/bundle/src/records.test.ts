import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Seen } from './audit.ts'
import { sampleFile, sampleManifest } from './manifest.sample.ts'
import { signHash, signingHash } from './minisign.ts'
import { keyName, newKey } from './minisign-key.ts'
import { formatManifest } from './read-manifest.ts'
import { checkRecords, contentsOf, type RecordsContext } from './records.ts'
import { formatSums } from './sums.ts'

const KEY = newKey(Buffer.alloc(32, 1), Buffer.alloc(8, 1))
const OTHER_KEY = newKey(Buffer.alloc(32, 2), Buffer.alloc(8, 2))
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const SETTINGS = Buffer.from('# settings\n')

const manifest = formatManifest({ ...sampleManifest, files: [sampleFile('install.yaml', SETTINGS)] })
const sumsOf = (bytes: Buffer, more: readonly (readonly [string, string])[] = []): Buffer =>
  Buffer.from(
    formatSums(new Map([['install.yaml', sha256(SETTINGS)], ['manifest.json', sha256(bytes)], ...more])),
  )
const sums = sumsOf(manifest)
const signature = (key = KEY, content = sums): Buffer =>
  Buffer.from(signHash(signingHash().update(content).digest(), key, 'timestamp:1'))

type Files = Readonly<Record<string, Buffer | undefined>>

function check(files: Files = {}, context: Partial<RecordsContext> = {}) {
  const all = new Map<string, Buffer>()
  const given: Files = { 'install.yaml': SETTINGS, 'manifest.json': manifest, SHA256SUMS: sums, ...files }
  for (const [name, bytes] of Object.entries(given)) if (bytes !== undefined) all.set(name, bytes)
  const seen = new Map(
    [...all].map(([name, bytes]): [string, Seen] => [
      name,
      { size: bytes.length, mode: '0644', sha256: sha256(bytes) },
    ]),
  )
  return checkRecords(seen, (name) => all.get(name), {
    where: '/in/a',
    inDirectory: true,
    options: {},
    ...context,
  })
}

describe('records in another form than that in which they are written', () => {
  it.each<[string, (text: string) => string]>([
    [
      'a key that stands twice',
      (text) => text.replace('"role": "edge"', '"role": "cloud",\n  "role": "edge"'),
    ],
    ['the same key in another spelling', (text) => text.replace('"role":', '"\\u0072ole":')],
    ['a number in another form', (text) => text.replace(`"size": ${SETTINGS.length}`, '"size": 11.0')],
    ['no line end at its end', (text) => text.trimEnd()],
    ['no indentation', (text) => JSON.stringify(JSON.parse(text))],
  ])('a manifest: %s', (_what, change) => {
    const other = Buffer.from(change(manifest.toString()))
    expect(other.equals(manifest)).toBe(false)
    expect(() => check({ 'manifest.json': other, SHA256SUMS: sumsOf(other) })).toThrow(
      expect.objectContaining({
        code: 'MANIFEST_INVALID',
        what: { en: '/in/a/manifest.json cannot be used', zh: '/in/a/manifest.json 不可用' },
        because: {
          en: expect.stringContaining('not in the form in which edgelift writes it'),
          zh: expect.stringContaining('与 edgelift 写入的不一致'),
        },
      }),
    )
  })

  it('sums that are not sorted', () => {
    const [first, second] = sums.toString().split('\n')
    const other = Buffer.from(`${second}\n${first}\n`)
    expect(() => check({ SHA256SUMS: other })).toThrow(expect.objectContaining({ code: 'SUMS_INVALID' }))
  })

  it('sums that list themselves, which sha256sum -c cannot find right', () => {
    const other = sumsOf(manifest, [['SHA256SUMS', '0'.repeat(64)]])
    expect(check({ SHA256SUMS: other }).problems).toMatchObject([
      { code: 'FILE_DAMAGED', what: { en: 'SHA256SUMS: not in manifest.json' } },
    ])
  })
})

describe('checkRecords', () => {
  it('counts what it has checked', () => {
    expect(check()).toMatchObject({
      files: 3,
      bytes: SETTINGS.length + manifest.length + sums.length,
      signature: 'none',
      edited: [],
      problems: [],
    })
  })

  it.each(['manifest.json', 'SHA256SUMS'])('can say nothing without %s', (name) => {
    expect(() => check({ [name]: undefined })).toThrow(
      expect.objectContaining({
        code: 'FILE_MISSING',
        exit: 4,
        what: { en: `/in/a: ${name} is missing`, zh: `/in/a：缺少 ${name}` },
      }),
    )
  })

  it('tells edited settings in a directory, and refuses them in an archive', () => {
    const edited = { 'install.yaml': Buffer.from('nodeName: plant\n') }
    expect(check(edited)).toMatchObject({ edited: ['install.yaml'], problems: [] })
    expect(check(edited, { inDirectory: false })).toMatchObject({
      edited: [],
      problems: [{ code: 'FILE_DAMAGED', what: { en: 'install.yaml: not the file that was packed' } }],
    })
  })

  it.each([
    ['edgemesh-psk.txt', {}, []],
    ['edge-join.yaml', {}, []],
    ['report.html', { allow: ['report.html'] }, []],
    ['report.html', {}, ['FILE_FOREIGN']],
    ['edgemesh-psk.txt', { inDirectory: false }, ['FILE_FOREIGN']],
    ['report.html', { inDirectory: false, allow: ['report.html'] }, ['FILE_FOREIGN']],
  ])('knows what an installation leaves: %s with %j', (name, context, codes) => {
    const { problems } = check({ [name]: Buffer.from('x') }, context)
    expect(problems.map(({ code }) => code)).toEqual(codes)
  })
})

describe('the signature', () => {
  it('is not checked without a key', () => {
    const checked = check({ 'SHA256SUMS.minisig': Buffer.from('not one') })
    expect([checked.signature, checked.signer]).toEqual(['unchecked', undefined])
  })

  it('tells who signed', () => {
    expect(check({ 'SHA256SUMS.minisig': signature() }, { options: { publicKey: KEY } })).toMatchObject({
      signature: 'valid',
      signer: { key: keyName(KEY), comment: 'timestamp:1' },
    })
  })

  it('has to be there with a key', () => {
    expect(() => check({}, { options: { publicKey: KEY } })).toThrow(
      expect.objectContaining({
        code: 'SIGNATURE_MISSING',
        what: { en: '/in/a: SHA256SUMS.minisig is missing', zh: '/in/a：缺少 SHA256SUMS.minisig' },
      }),
    )
  })

  it.each([
    ['of another key', () => signature(OTHER_KEY)],
    ['of another content', () => signature(KEY, Buffer.from('x'))],
    ['with a line more', () => Buffer.concat([signature(), Buffer.from('more\n')])],
    [
      'with another first line',
      () =>
        Buffer.from(
          signature()
            .toString()
            .replace(/^untrusted comment: .*/, 'untrusted comment: mine'),
        ),
    ],
    ['with line ends of Windows', () => Buffer.from(signature().toString().replaceAll('\n', '\r\n'))],
  ])('is refused %s, before anything else is looked at', (_what, bytes) => {
    const broken = { 'SHA256SUMS.minisig': bytes(), 'manifest.json': Buffer.from('{') }
    expect(() => check(broken, { options: { publicKey: KEY } })).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_INVALID', exit: 4 }),
    )
  })
})

it('hands back the contents that are there, in the order they were asked for', () => {
  const content = (name: string): Buffer | undefined => (name === 'gone' ? undefined : Buffer.from(name))
  expect([...contentsOf(['b', 'gone', 'a'], content)]).toEqual([
    ['b', Buffer.from('b')],
    ['a', Buffer.from('a')],
  ])
})
