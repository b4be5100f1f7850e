import { describe, expect, it } from 'vitest'
import { sampleManifest } from './manifest.sample.ts'
import { archOf, BundleChart, BundleFile, BundleManifest, Origin, PLATFORMS } from './manifest.ts'

const fieldsOf = (
  schema: { safeParse(value: unknown): { error?: { issues: { path: PropertyKey[] }[] } } },
  value: unknown,
) => schema.safeParse(value).error?.issues.map(({ path }) => path.join('.')) ?? []

it('names architectures as file names have them', () => {
  expect(PLATFORMS.map(archOf)).toEqual(['amd64', 'arm64'])
})

describe('where a file comes from', () => {
  it.each<[string, object]>([
    [
      'a URL that upstream vouches for',
      { kind: 'url', url: 'https://a/b', trust: 'upstream-checksum', checksumUrl: 'https://a/b.sha256' },
    ],
    ['a member of a download', { kind: 'url', url: 'https://a/b', trust: 'first-use', member: 'c' }],
    ['an image', { kind: 'image', reference: 'r/a:1', digest: 'sha256:0' }],
    ['a file in an image', { kind: 'image-file', reference: 'r/a:1', digest: 'sha256:0', member: 'bin/a' }],
    ['edgelift', { kind: 'edgelift', version: '1' }],
  ])('may be %s', (_what, origin) => {
    expect(Origin.parse(origin)).toEqual(origin)
  })

  it.each<[string, object]>([
    ['a kind of a newer edgelift', { kind: 'torrent', url: 'x' }],
    ['a URL that nobody vouches for', { kind: 'url', url: 'https://a/b', trust: 'hope' }],
    ['a URL without the way it was trusted', { kind: 'url', url: 'https://a/b' }],
    ['a file of an image without its path', { kind: 'image-file', reference: 'r/a:1', digest: 'sha256:0' }],
    ['a field of another kind', { kind: 'edgelift', version: '1', url: 'https://a/b' }],
  ])('is not %s', (_what, origin) => {
    expect(Origin.safeParse(origin).success).toBe(false)
  })
})

describe('a file of a manifest', () => {
  const file = {
    path: 'a',
    size: 0,
    mode: '0644',
    integrity: `sha256-${Buffer.alloc(32).toString('base64')}`,
    origin: { kind: 'edgelift', version: '1' },
    neededBy: [],
  }
  it('may be empty', () => {
    expect(fieldsOf(BundleFile, file)).toEqual([])
  })
  it.each<[string, object, string]>([
    ['fewer bytes than none', { size: -1 }, 'size'],
    ['half a byte', { size: 0.5 }, 'size'],
    ['a mode with more bits', { mode: '4755' }, 'mode'],
    ['a mode that is a number', { mode: 420 }, 'mode'],
    ['a hash that is short', { integrity: 'sha256-AAAA' }, 'integrity'],
    ['two hashes', { integrity: `${file.integrity} ${file.integrity}` }, 'integrity'],
  ])('has not %s', (_what, change, field) => {
    expect(fieldsOf(BundleFile, { ...file, ...change })).toEqual([field])
  })
})

describe('a manifest', () => {
  it.each<[string, object, string]>([
    ['another format', { format: 'edgelift/bundle/v2' }, 'format'],
    ['another role', { role: 'server' }, 'role'],
    ['another platform', { platform: 'linux/s390x' }, 'platform'],
    [
      'a hash in capitals of what is packed',
      { packed: { size: 0, sha256: 'A'.repeat(64) } },
      'packed.sha256',
    ],
    [
      'a size of what is packed that is none',
      { packed: { size: -1, sha256: 'a'.repeat(64) } },
      'packed.size',
    ],
    ['a setting of a newer edgelift', { settings: { ...sampleManifest.settings, more: 1 } }, 'settings'],
    [
      'an option without Chinese words',
      { options: [{ name: 'a', title: { en: 'A' }, default: true }] },
      'options.0.title.zh',
    ],
    [
      'an option without words',
      { options: [{ name: 'a', title: { en: '', zh: '甲' }, default: true }] },
      'options.0.title.en',
    ],
  ])('is refused with %s', (_what, change, field) => {
    expect(fieldsOf(BundleManifest, { ...sampleManifest, ...change })).toEqual([field])
  })

  it('of before deltas has images without blobs', () => {
    const image = {
      reference: 'r/a:1',
      digest: 'sha256:0',
      platform: 'linux/arm64',
      file: 'images/a.tar',
      neededBy: [],
    }
    expect(BundleManifest.parse({ ...sampleManifest, images: [image] }).images[0]?.blobs).toEqual([])
  })
})

it('takes values of every kind that Helm knows, however deep', () => {
  const chart = {
    name: 'c',
    path: 'c.tgz',
    release: 'c',
    namespace: 'n',
    values: { a: [1, 'x', null, { b: [true, { $setting: 'psk' }] }] },
    variants: [{ when: { fact: 'iptables-nft' }, values: {} }],
  }
  expect(BundleChart.parse(chart)).toEqual(chart)
  expect(
    fieldsOf(BundleChart, { ...chart, variants: [{ when: { fact: 'a', option: 'b' }, values: {} }] }),
  ).toEqual(['variants.0.when'])
  expect(fieldsOf(BundleChart, { ...chart, values: [] })).toEqual(['values'])
})
