import { requirerOf } from '@edgelift/bundle'
import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { expandFor, type PlatformRelease } from '../release/expand.ts'
import { Release } from '../release/schema.ts'
import type { PlatformDownload } from '../sources/platform-download.ts'
import { sampleRelease } from '../testing/sample.ts'
import { assembleDownloads } from './assemble-lock.ts'

const PLATFORMS = ['linux/arm64', 'linux/amd64'] as const
const release = Release.parse({ ...sampleRelease, platforms: [...PLATFORMS] })
const platforms = PLATFORMS.map((platform) => expandFor(release, platform))

/** A download of a part of the release, whose content is its URL. */
function downloaded(of: PlatformRelease, id: string, more: object = {}): PlatformDownload {
  const source = [...of.files, ...of.charts, ...of.imageLists].find((one) => one.id === id)
  if (source === undefined) throw new Error(`${id} is not in the sample`)
  const { url } = source
  return {
    platform: of.platform,
    source,
    fetched: { digest: digestOf(url), size: url.length, trust: 'first-use' },
    parts: [{ path: id, mode: '0644', digest: digestOf(url), size: url.length }],
    ...more,
  } as PlatformDownload
}
const all = (id: string, more: object = {}): PlatformDownload[] =>
  platforms.map((one) => downloaded(one, id, more))

describe('the downloads of a lock', () => {
  it('stand once for all platforms that share a file, and once for each otherwise', () => {
    const found = assembleDownloads(platforms, [...all('charts.edgemesh'), ...all('files.k3s')])
    expect(found.map(({ name, platforms: of, url }) => [name, of, url.slice(-9)])).toEqual([
      ['charts.edgemesh', ['linux/amd64', 'linux/arm64'], 'emesh.tgz'],
      ['files.k3s', ['linux/amd64'], 'k3s-amd64'],
      ['files.k3s', ['linux/arm64'], 'k3s-arm64'],
    ])
  })

  it('have an order that does not depend on which arrived first', () => {
    const downloads = [...all('files.k3s'), ...all('files.tools'), ...all('charts.edgemesh')]
    expect(assembleDownloads(platforms, downloads.toReversed())).toEqual(
      assembleDownloads(platforms, downloads),
    )
  })

  it('hold no digest of what upstream generates at each request', () => {
    const of = platforms[1] as PlatformRelease
    const generated = downloaded(of, 'files.tools')
    const [entry] = assembleDownloads(
      [of],
      [{ ...generated, source: { ...generated.source, generatedSource: true } }],
    )
    expect(entry).not.toHaveProperty('digest')
    expect(entry).not.toHaveProperty('size')
    expect(entry?.parts).toHaveLength(1)
  })

  it('keep what upstream said, the licence, and parts in the order of their paths', () => {
    const of = platforms[1] as PlatformRelease
    const part = (path: string) => ({ path, mode: '0755', digest: digestOf(path), size: 1 })
    const fetched = {
      digest: digestOf('x'),
      size: 1,
      trust: 'upstream-checksum',
      checksumUrl: 'https://files.example/sums',
      upstreamIntegrity: 'sha512-x',
    }
    const [entry] = assembleDownloads(
      [of],
      [downloaded(of, 'files.k3s', { fetched, parts: [part('z'), part('a')] })],
    )
    expect(entry).toMatchObject({
      trust: 'upstream-checksum',
      checksumUrl: 'https://files.example/sums',
      upstreamIntegrity: 'sha512-x',
      license: 'Apache-2.0',
      parts: [{ path: 'a' }, { path: 'z' }],
    })
  })

  it('say who needs them: the installation of a chart with its condition, else the release alone', () => {
    const of = platforms[1] as PlatformRelease
    const [chart] = assembleDownloads([of], [downloaded(of, 'charts.edgemesh')])
    expect(chart?.neededBy).toEqual([
      requirerOf({ kind: 'installer', name: 'cloud', detail: 'chart edgemesh' }, { option: 'edgemesh' }),
    ])
    const [tools] = assembleDownloads([of], [downloaded(of, 'files.tools')])
    expect(tools?.neededBy).toEqual([requirerOf({ kind: 'release', name: 'files.tools' })])
    const [list] = assembleDownloads([of], [downloaded(of, 'files.tools', { parts: [] })])
    expect(list?.neededBy).toEqual([])
  })

  it('leave out what no archive that is built would hold', () => {
    const of = platforms[1] as PlatformRelease
    const nobody = downloaded(of, 'files.k3s')
    expect(assembleDownloads([of], [{ ...nobody, source: { ...nobody.source, roles: [] } }])).toEqual([])
    expect(assembleDownloads([], [nobody])).toEqual([])
  })
})
