// biome-ignore-all lint/suspicious/noTemplateCurlyInString: releases have templates of their own
import { describe, expect, it } from 'vitest'
import { sampleRelease } from '../testing/sample.ts'
import { expandFor, expandRelease, repositoryOf, variablesOf } from './expand.ts'
import { Release } from './schema.ts'

function release(changes: object = {}): Release {
  return Release.parse({
    format: 'edgelift/release/v1',
    name: 'x',
    version: '1',
    versions: { tool: '1.2+3' },
    archives: { cloud: 'x-${tool}-${arch}' },
    ...changes,
  })
}
const SOURCE = { roles: ['cloud', 'edge'], url: 'https://f.example/${arch}/v${tool}' }

describe('a release for one platform', () => {
  it('fills templates in names, paths and references, and encodes them in URLs', () => {
    const { archives, files, images } = expandFor(
      release({
        files: { a: { ...SOURCE, path: 'bin/a-${arch}' } },
        images: { i: { reference: 'app:v${arch}', roles: ['cloud'] } },
      }),
      'linux/arm64',
    )
    expect(archives).toEqual({ cloud: 'x-1.2+3-arm64' })
    expect(files).toMatchObject([
      {
        id: 'files.a',
        name: 'a',
        url: 'https://f.example/arm64/v1.2%2B3',
        parts: [{ path: 'bin/a-arm64' }],
        mode: '0644',
        kubernetes: false,
        mayPull: false,
        generatedSource: false,
      },
    ])
    expect(images).toMatchObject([{ reference: 'docker.io/library/app:varm64' }])
  })

  it('leaves out roles that are not built, and parts that are for other platforms', () => {
    const files = {
      b: { ...SOURCE, path: 'b' },
      a: { ...SOURCE, path: 'a', platforms: ['linux/arm64'] },
    }
    const [amd64, arm64] = expandRelease(release({ files }))
    expect(amd64?.files.map(({ name }) => name)).toEqual(['b'])
    expect(arm64?.files.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(amd64?.files[0]?.roles).toEqual(['cloud'])
  })

  it('takes the URL of the platform, and none where there is none', () => {
    const files = { a: { ...SOURCE, path: 'a', url: { 'linux/arm64': 'https://f.example/arm' } } }
    const urls = expandRelease(release({ files })).map(({ files: [file] }) => file?.url)
    expect(urls).toEqual(['', 'https://f.example/arm'])
  })

  it.each<[string, object, object[]]>([
    ['a download that is the file', { path: 'a' }, [{ path: 'a' }]],
    ['one member', { path: 'a', member: './${tool}/a' }, [{ path: 'a', member: './1.2+3/a' }]],
    [
      'several members',
      { members: { 'a-${arch}': 'bin/a', b: 'bin/b-${arch}' } },
      [
        { member: 'a-amd64', path: 'bin/a' },
        { member: 'b', path: 'bin/b-amd64' },
      ],
    ],
    ['nothing', {}, []],
  ])('takes out of a download: %s', (_what, form, parts) => {
    expect(
      expandFor(release({ files: { a: { ...SOURCE, ...form } } }), 'linux/amd64').files[0]?.parts,
    ).toEqual(parts)
  })

  it.each<[string, object, object]>([
    [
      'a checksum file, its name too',
      { url: 'https://f.example/v${tool}.txt', name: 'a-${arch}' },
      { url: 'https://f.example/v1.2%2B3.txt', name: 'a-amd64' },
    ],
    ['a checksum file alone', { url: 'https://f.example/sums' }, { url: 'https://f.example/sums' }],
    ['a digest as it is', { sha256: 'a'.repeat(64) }, { sha256: 'a'.repeat(64) }],
    [
      'one with its algorithm',
      { sha256: `sha256:${'a'.repeat(64)}` },
      { sha256: `sha256:${'a'.repeat(64)}` },
    ],
  ])('fills %s', (_what, checksum, expected) => {
    const { files } = expandFor(release({ files: { a: { ...SOURCE, path: 'a', checksum } } }), 'linux/amd64')
    expect(files[0]?.checksum).toEqual(expected)
  })

  it('names what a list leaves out by its whole repository', () => {
    const imageLists = {
      l: { ...SOURCE, except: { 'rancher/${arch}': 'no need' }, licenses: { busybox: 'GPL-2.0-only' } },
    }
    const [list] = expandFor(release({ imageLists }), 'linux/amd64').imageLists
    expect([...(list?.except ?? [])]).toEqual([['docker.io/rancher/amd64', 'no need']])
    expect([...(list?.licenses ?? [])]).toEqual([['docker.io/library/busybox', 'GPL-2.0-only']])
  })

  it('takes the files of an image that are for the platform, with what scanners know them by', () => {
    const imageFiles = {
      i: {
        reference: 'node:24',
        roles: ['cloud'],
        files: { 'linux/amd64': { '/usr/bin/node-${arch}': 'runtime/node' } },
        software: {
          'runtime/node': { version: '${tool}', purl: 'pkg:generic/node@${tool}', cpe: 'nodejs:node.js' },
        },
      },
    }
    const [amd64, arm64] = expandRelease(release({ imageFiles }))
    expect(amd64?.imageFiles[0]?.files).toEqual([{ member: '/usr/bin/node-amd64', path: 'runtime/node' }])
    expect(arm64?.imageFiles[0]?.files).toEqual([])
    expect(amd64?.imageFiles[0]?.software.get('runtime/node')).toEqual({
      version: '1.2+3',
      purl: 'pkg:generic/node@1.2%2B3',
      cpe: 'cpe:2.3:a:nodejs:node.js:1.2\\+3:*:*:*:*:*:*:*',
    })
  })

  it('hands a chart over as the installer takes it, with what it says of itself', () => {
    const charts = {
      c: {
        ...SOURCE,
        path: 'c.tgz',
        release: 'c',
        namespace: 'n-${arch}',
        values: { image: 'a:${tool}', psk: { $setting: 'psk' } },
        variants: [{ when: { option: 'o' }, values: { more: '${arch}' } }],
        order: 5,
        restarts: ['deployment/a'],
      },
    }
    expect(expandFor(release({ charts }), 'linux/amd64').charts[0]?.chart).toEqual({
      name: 'c',
      path: 'c.tgz',
      release: 'c',
      namespace: 'n-amd64',
      values: { image: 'a:1.2+3', psk: { $setting: 'psk' } },
      variants: [{ when: { option: 'o' }, values: { more: 'amd64' } }],
      order: 5,
      restarts: ['deployment/a'],
    })
  })

  it('has settings only where they are named', () => {
    expect(expandFor(release(), 'linux/amd64').settings).toEqual({ sandboxImage: {}, k3sDisable: [] })
    expect(expandFor(sampleRelease, 'linux/amd64').settings).toEqual({
      sandboxImage: { cloud: 'docker.io/rancher/mirrored-pause:3.6' },
      testImage: 'docker.io/library/busybox:1.36.1',
      k3sDisable: ['traefik'],
    })
  })
})

it('keeps what a part says of itself: its condition, its licence, that its pods may pull', () => {
  const when = { option: 'o' }
  const part = { ...SOURCE, mayPull: true, license: 'MIT' }
  const one = expandFor(
    release({
      images: {
        a: { reference: 'a:1', roles: ['cloud'], when, license: 'MIT' },
        b: { reference: 'b:1', roles: ['cloud'] },
      },
      files: { f: { ...part, path: 'f', kubernetes: true, mode: '0755' } },
      charts: { c: { ...part, path: 'c.tgz', release: 'c', namespace: 'n', when, folder: 'charts/c' } },
    }),
    'linux/amd64',
  )
  expect(one.images.map((image) => [image.when, image.license])).toEqual([
    [when, 'MIT'],
    [undefined, undefined],
  ])
  expect(one.files).toMatchObject([{ mayPull: true, kubernetes: true, mode: '0755', license: 'MIT' }])
  expect(one.charts).toMatchObject([{ mayPull: true, folder: 'charts/c', license: 'MIT', chart: { when } }])
})

it.each([
  ['busybox', 'docker.io/library/busybox'],
  ['busybox:1.36', 'docker.io/library/busybox'],
  ['r.example:5000/a/b:1', 'r.example:5000/a/b'],
])('%s is of the repository %s', (reference, repository) => {
  expect(repositoryOf(reference)).toBe(repository)
})

it('has the release’s version and the platform’s own variable beside the versions', () => {
  expect([...variablesOf(release(), 'linux/arm64')]).toEqual([
    ['version', '1'],
    ['tool', '1.2+3'],
    ['arch', 'arm64'],
  ])
})

it('takes a version of that name before the release’s own', () => {
  expect(variablesOf({ ...release(), versions: { version: '2' } }, 'linux/amd64').get('version')).toBe('2')
})
