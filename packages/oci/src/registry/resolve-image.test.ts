import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { parsePlatform } from '../name/platform.ts'
import { parseReference } from '../name/reference.ts'
import { openTestRegistry } from '../testing/test-client.ts'
import {
  addBlob,
  addImage,
  addIndex,
  addManifest,
  emptyShelf,
  type Shelf,
  shelfHandler,
} from '../testing/test-images.ts'
import { startServer } from '../testing/test-server.ts'
import { failureOf } from '../testing/test-settings.ts'

const AMD64 = parsePlatform('linux/amd64')
const ARM64 = parsePlatform('linux/arm64')
const DOCKER = 'application/vnd.docker'
const OCI = 'application/vnd.oci'

const on = (architecture: string, variant?: string) => ({ platform: { os: 'linux', architecture, variant } })

async function resolve(shelf: Shelf, platforms = [AMD64], name = 'a/b:v1') {
  await using server = await startServer(shelfHandler(shelf))
  await using client = openTestRegistry()
  const images = await client.resolveImages(parseReference(`${server.host}/${name}`), platforms)
  return { images, paths: server.paths() }
}

describe('an index', () => {
  it('gives each platform its image, and is asked for once', async () => {
    const shelf = emptyShelf()
    const amd64 = addImage(shelf, { architecture: 'amd64', labels: { version: '1' } })
    const arm64 = addImage(shelf, { architecture: 'arm64', variant: 'v8' })
    const index = addIndex(
      shelf,
      [
        { ...amd64, ...on('amd64') },
        { ...arm64, ...on('arm64', 'v8') },
      ],
      'v1',
    )
    const { images, paths } = await resolve(shelf, [ARM64, AMD64])
    expect(images.map(({ platform, manifest }) => [platform, manifest.descriptor])).toEqual([
      [ARM64, arm64],
      [AMD64, amd64],
    ])
    const [, image] = images
    expect(image?.index).toEqual(index)
    expect(image?.config.labels).toEqual({ version: '1' })
    expect(digestOf(image?.manifest.bytes ?? '')).toBe(amd64.digest)
    expect(digestOf(image?.config.bytes ?? '')).toBe(image?.config.descriptor.digest)
    expect(image?.layers).toEqual([
      {
        mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
        digest: digestOf('layer of amd64'),
        size: 14,
      },
    ])
    expect(paths.filter((path) => path.endsWith('/v1'))).toHaveLength(1)
    expect(paths).toHaveLength(5)
  })

  it('may hold another, and attestations, which are no images', async () => {
    const shelf = emptyShelf()
    const image = addImage(shelf, { architecture: 'amd64' })
    const attestation = addImage(shelf, { os: 'unknown', architecture: 'unknown' })
    const inner = addIndex(shelf, [
      { ...attestation, platform: { os: 'unknown', architecture: 'unknown' } },
      {
        ...attestation,
        ...on('amd64'),
        annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
      },
      { ...image, ...on('amd64') },
    ])
    const other = { ...addIndex(emptyShelf(), []), ...on('s390x') }
    addIndex(shelf, [other, inner], 'v1')
    const { images } = await resolve(shelf)
    expect(images[0]?.manifest.descriptor).toEqual(image)
  })

  it("may name no platforms: the images' configs do", async () => {
    const shelf = emptyShelf()
    const amd64 = addImage(shelf, { architecture: 'amd64' })
    const arm64 = addImage(shelf, { architecture: 'arm64' })
    addIndex(shelf, [amd64, arm64], 'v1')
    const { images } = await resolve(shelf, [ARM64])
    expect(images[0]?.manifest.descriptor).toEqual(arm64)
  })

  it('without the platform is refused with the list of what there is', async () => {
    const shelf = emptyShelf()
    const image = addImage(shelf, { architecture: 'arm', variant: 'v6' })
    const inner = addIndex(shelf, [{ ...image, ...on('s390x') }])
    const attestation = { ...image, platform: { os: 'unknown', architecture: 'unknown' } }
    addIndex(
      shelf,
      [{ ...image, ...on('arm', 'v6') }, attestation, inner, { ...image, ...on('ppc64le') }],
      'v1',
    )
    const error = await failureOf(resolve(shelf, [parsePlatform('linux/arm/v7')]))
    expect(error.code).toBe('PLATFORM_ABSENT')
    expect(error.what.en).toMatch(/\/a\/b:v1 does not exist for linux\/arm\/v7$/)
    expect(error.because?.en).toBe('there is linux/arm/v6, linux/ppc64le, linux/s390x')
  })

  it('whose only amd64 image is for newer CPUs has none for every amd64', async () => {
    const shelf = emptyShelf()
    const newer = addImage(shelf, { architecture: 'amd64', variant: 'v2' })
    addIndex(shelf, [{ ...newer, ...on('amd64', 'v2') }], 'v1')
    const error = await failureOf(resolve(shelf, [AMD64]))
    expect(error.because?.en).toBe('there is linux/amd64/v2')
    const first = addImage(shelf, { architecture: 'amd64' })
    addIndex(
      shelf,
      [
        { ...newer, ...on('amd64', 'v2') },
        { ...first, ...on('amd64', 'v1') },
      ],
      'v1',
    )
    const { images } = await resolve(shelf, [AMD64])
    expect(images[0]?.manifest.descriptor).toEqual(first)
  })

  it('that says another platform than its image is refused with both', async () => {
    const shelf = emptyShelf()
    addIndex(shelf, [{ ...addImage(shelf, { architecture: 'amd64' }), ...on('arm64') }], 'v1')
    const error = await failureOf(resolve(shelf, [ARM64]))
    expect(error.code).toBe('PLATFORM_MISMATCH')
    expect(error.exit).toBe(4)
    expect(error.because?.en).toContain('the index says linux/arm64')
    expect(error.because?.en).toContain('config says linux/amd64')
  })

  it('that contains itself does not send us round', async () => {
    const shelf = emptyShelf()
    const depth = Array.from({ length: 6 }).reduce<object>(
      (inner) => addIndex(shelf, [inner]),
      addIndex(shelf, []),
    )
    addIndex(shelf, [depth], 'v1')
    expect((await failureOf(resolve(shelf))).because?.en).toContain('nested without end')
  })

  it('whose entry has another size than the manifest is refused', async () => {
    const shelf = emptyShelf()
    addIndex(shelf, [{ ...addImage(shelf, { architecture: 'amd64' }), size: 3, ...on('amd64') }], 'v1')
    expect((await failureOf(resolve(shelf))).code).toBe('SIZE_MISMATCH')
  })
})

const MANIFESTS = {
  docker: `${DOCKER}.distribution.manifest.v2+json`,
  oci: 'application/vnd.oci.image.manifest.v1+json',
} as const

describe('an index that calls a manifest by the other name of its kind', () => {
  it.each([
    ['docker', 'oci'],
    ['oci', 'docker'],
  ] as const)('(%s for %s) is read as containerd reads it', async (said, is) => {
    const shelf = emptyShelf()
    const layers = [
      addBlob(shelf, 'first', `${DOCKER}.image.rootfs.diff.tar.gzip`),
      addBlob(shelf, 'second', 'application/vnd.oci.image.layer.v1.tar+zstd'),
    ]
    const image = addImage(shelf, { architecture: 'amd64', mediaType: MANIFESTS[is], layers })
    addIndex(shelf, [{ ...image, mediaType: MANIFESTS[said], ...on('amd64') }], 'v1')
    const { images } = await resolve(shelf)
    expect(images[0]?.manifest.descriptor).toEqual(image)
    expect(images[0]?.layers).toEqual(layers)
  })

  it.each(['docker', 'oci'] as const)('(%s, where it has none itself) gives it that type', async (said) => {
    const shelf = emptyShelf()
    const config = addBlob(
      shelf,
      '{"os":"linux","architecture":"amd64"}',
      'application/vnd.oci.image.config.v1+json',
    )
    const bare = addManifest(
      shelf,
      { schemaVersion: 2, mediaType: null, config, layers: [] },
      { mediaType: MANIFESTS.oci },
    )
    addIndex(shelf, [{ ...bare, mediaType: MANIFESTS[said], ...on('amd64') }], 'v1')
    const { images } = await resolve(shelf)
    expect(images[0]?.manifest.descriptor).toEqual({ ...bare, mediaType: MANIFESTS[said] })
  })

  it('is refused where it calls an index an image', async () => {
    const shelf = emptyShelf()
    addIndex(shelf, [{ ...addIndex(shelf, []), mediaType: MANIFESTS.oci, ...on('amd64') }], 'v1')
    const error = await failureOf(resolve(shelf))
    expect([error.code, error.because?.en]).toEqual([
      'REGISTRY_ANSWER_INVALID',
      expect.stringContaining('it is announced as'),
    ])
  })
})

describe('a manifest alone', () => {
  it('is taken when its config agrees, also in Docker schema 2', async () => {
    const shelf = emptyShelf()
    const layer = addBlob(shelf, 'layer', `${DOCKER}.image.rootfs.diff.tar.gzip`)
    const image = addImage(shelf, {
      architecture: 'amd64',
      mediaType: `${DOCKER}.distribution.manifest.v2+json`,
      configType: `${DOCKER}.container.image.v1+json`,
      layers: [layer],
      tag: 'v1',
    })
    const { images } = await resolve(shelf)
    expect(images[0]?.manifest.descriptor).toEqual(image)
    expect(images[0]?.index).toBeUndefined()
    const byDigest = await resolve(shelf, [AMD64], `a/b@${image.digest}`)
    expect(byDigest.paths[0]).toBe(`/v2/a/b/manifests/${image.digest}`)
  })

  it.each([{ layers: null }, {}])('is taken where it has no layers, as %j', async (layers) => {
    const shelf = emptyShelf()
    const config = addBlob(
      shelf,
      '{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":null}}',
      `${OCI}.image.config.v1+json`,
    )
    addManifest(shelf, { schemaVersion: 2, config, ...layers }, { mediaType: MANIFESTS.oci, tag: 'v1' })
    expect((await resolve(shelf)).images[0]?.layers).toEqual([])
  })

  it('of another platform is refused with the one that there is', async () => {
    const shelf = emptyShelf()
    addImage(shelf, { architecture: 'amd64', tag: 'v1' })
    const error = await failureOf(resolve(shelf, [ARM64]))
    expect(error.code).toBe('PLATFORM_ABSENT')
    expect(error.because?.en).toBe('there is linux/amd64')
  })
})

describe('what cannot be carried along is refused', () => {
  const layer = { mediaType: '', digest: digestOf('x'), size: 1 }
  it.each([
    [`${DOCKER}.image.rootfs.foreign.diff.tar.gzip`, 'is not in the registry'],
    ['application/vnd.oci.image.layer.nondistributable.v1.tar+gzip', 'is not in the registry'],
    ['application/vnd.oci.image.layer.v1.tar+encrypted', 'is of a kind that is not accepted'],
  ])('a layer of %s', async (mediaType, words) => {
    const shelf = emptyShelf()
    const good = { ...layer, mediaType: 'application/vnd.oci.image.layer.v1.tar' }
    addImage(shelf, { architecture: 'amd64', tag: 'v1', layers: [good, { ...layer, mediaType }] })
    const error = await failureOf(resolve(shelf))
    expect(error.code).toBe('MEDIA_TYPE_REFUSED')
    expect(error.what.en).toContain(words)
    expect(error.because?.en).toContain(`the layers are ${good.mediaType}, ${mediaType}`)
  })

  it('a chart', async () => {
    const shelf = emptyShelf()
    addImage(shelf, {
      architecture: 'amd64',
      tag: 'v1',
      configType: 'application/vnd.cncf.helm.config.v1+json',
    })
    const error = await failureOf(resolve(shelf))
    expect(error.code).toBe('MEDIA_TYPE_REFUSED')
    expect(error.because?.en).toContain('helm.config')
  })

  it.each([
    ['application/vnd.docker.distribution.manifest.v1+prettyjws', { schemaVersion: 1 }],
    ['application/json', { schemaVersion: 1, fsLayers: [] }],
  ])('schema 1 (%s)', async (mediaType, document) => {
    const shelf = emptyShelf()
    addManifest(shelf, document, { mediaType, tag: 'v1' })
    const error = await failureOf(resolve(shelf))
    expect(error.code).toBe('MEDIA_TYPE_REFUSED')
    expect(error.what.en).toContain('schema 1')
  })
})

describe('a config that is no config', () => {
  it.each(['{}', '[]', 'no', '{"os":"linux","architecture":7}'])('is refused: %s', async (text) => {
    const shelf = emptyShelf()
    const config = addBlob(shelf, text, 'application/vnd.oci.image.config.v1+json')
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    addManifest(shelf, { schemaVersion: 2, mediaType, config, layers: [] }, { mediaType, tag: 'v1' })
    const error = await failureOf(resolve(shelf))
    expect(error.code).toBe('REGISTRY_ANSWER_INVALID')
    expect(error.because?.en).toContain(config.digest)
  })
})

it.each([{ OS: 'windows' }, { rootfs: { diff_ids: [], Diff_IDs: ['sha256:1'] } }])(
  'a config that Go reads otherwise is refused: %j',
  async (more) => {
    const shelf = emptyShelf()
    const text = JSON.stringify({ os: 'linux', architecture: 'amd64', ...more })
    const config = addBlob(shelf, text, 'application/vnd.oci.image.config.v1+json')
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    addManifest(shelf, { schemaVersion: 2, mediaType, config, layers: [] }, { mediaType, tag: 'v1' })
    const error = await failureOf(resolve(shelf))
    expect([error.code, error.because?.en]).toEqual([
      'REGISTRY_ANSWER_INVALID',
      expect.stringMatching(/(OS|Diff_IDs): must be in the letter case of the specification/),
    ])
  },
)

describe('an image whose config names no platform', () => {
  it("is taken by its index's word, which is told", async () => {
    const shelf = emptyShelf()
    addIndex(shelf, [{ ...addImage(shelf, { os: '', architecture: '' }), ...on('amd64') }], 'v1')
    expect((await resolve(shelf)).images).toMatchObject([{ platform: AMD64, platformUnproved: true }])
  })

  it('is refused where no index speaks for it', async () => {
    const shelf = emptyShelf()
    addImage(shelf, { os: '', architecture: '', tag: 'v1' })
    expect((await failureOf(resolve(shelf))).code).toBe('REGISTRY_ANSWER_INVALID')
  })
})

it.each([{}, null, { os: 'linux' }, 'linux/amd64', { os: 5, architecture: [] }])(
  'an entry of an index with the platform %j spoils no other one',
  async (platform) => {
    const shelf = emptyShelf()
    const odd = addImage(shelf, { architecture: 'riscv64' })
    addIndex(
      shelf,
      [
        { ...odd, platform },
        { ...addImage(shelf, { architecture: 'amd64' }), ...on('amd64') },
      ],
      'v1',
    )
    expect((await resolve(shelf)).images).toHaveLength(1)
  },
)

it.each([
  ['another hash', { digest: `sha512:${'a'.repeat(128)}` }],
  ['no size', { size: undefined }],
  ['a digest of another case', { Digest: `sha256:${'a'.repeat(64)}` }],
  ['a number among its annotations', { annotations: { parts: 3 } }],
  ['an unknown media type and the same platform', { mediaType: 'application/vnd.x', ...on('amd64') }],
])('an entry of an index with %s spoils no other one', async (_, odd) => {
  const shelf = emptyShelf()
  const absent = { ...addImage(emptyShelf(), { architecture: 's390x' }), ...on('s390x'), ...odd }
  addIndex(shelf, [absent, { ...addImage(shelf, { architecture: 'amd64' }), ...on('amd64') }], 'v1')
  expect((await resolve(shelf)).images).toHaveLength(1)
})

it('an entry that cannot be read is told where no other one is of the platform', async () => {
  const shelf = emptyShelf()
  const odd = { ...addImage(shelf, { architecture: 'amd64' }), ...on('amd64'), digest: 'sha512:0' }
  addIndex(shelf, [odd], 'v1')
  const error = await failureOf(resolve(shelf))
  expect([error.code, error.because?.en]).toEqual([
    'REGISTRY_ANSWER_INVALID',
    'manifests.0.digest: must be sha256: and 64 hex digits',
  ])
})

it('an artifact of the same platform before the image is passed over', async () => {
  const shelf = emptyShelf()
  const chart = addImage(shelf, { architecture: 'x', configType: 'application/vnd.cncf.helm.config.v1+json' })
  const image = addImage(shelf, { architecture: 'amd64' })
  addIndex(
    shelf,
    [
      { ...chart, ...on('amd64') },
      { ...image, ...on('amd64') },
    ],
    'v1',
  )
  expect((await resolve(shelf)).images[0]?.manifest.descriptor).toEqual(image)
})

describe('what containerd reads and what it does not', () => {
  it('a layer that may be had elsewhere, too, is one of its registry', async () => {
    const shelf = emptyShelf()
    const mediaType = 'application/vnd.oci.image.layer.v1.tar'
    const layer = { ...addBlob(shelf, 'layer', mediaType), urls: ['https://elsewhere.example/layer'] }
    addImage(shelf, { architecture: 'amd64', tag: 'v1', layers: [layer] })
    expect((await resolve(shelf)).images[0]?.layers).toMatchObject([{ digest: layer.digest }])
  })

  it('labels and annotations that are null are taken as empty', async () => {
    const shelf = emptyShelf()
    const image = addImage(shelf, { architecture: 'amd64', labels: { version: null } })
    addIndex(shelf, [{ ...image, ...on('amd64'), annotations: { note: null } }], 'v1')
    expect((await resolve(shelf)).images[0]?.config.labels).toEqual({ version: '' })
  })

  it.each([
    ['too few', []],
    ['too many', ['sha256:1', 'sha256:2']],
  ])('%s rootfs.diff_ids for the layers are refused', async (_, diffIds) => {
    const shelf = emptyShelf()
    addImage(shelf, { architecture: 'amd64', diffIds, tag: 'v1' })
    expect((await failureOf(resolve(shelf))).because?.en).toContain(`${diffIds.length} rootfs.diff_ids for 1`)
  })

  it.each(['sha256:1', '', `sha512:${'a'.repeat(128)}`])(
    'rootfs.diff_ids that containerd compares with no SHA-256 are refused: %j',
    async (diffId) => {
      const shelf = emptyShelf()
      addImage(shelf, { architecture: 'amd64', diffIds: [diffId], tag: 'v1' })
      expect((await failureOf(resolve(shelf))).because?.en).toContain('rootfs.diff_ids.0 is not sha256:')
    },
  )

  it.each(['manifest', 'config'])('a byte order mark before the %s is refused', async (place) => {
    const shelf = emptyShelf()
    const marked = (text: string) => `\ufeff${text}`
    const config = '{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":[]}}'
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const described = addBlob(
      shelf,
      place === 'config' ? marked(config) : config,
      'application/vnd.oci.image.config.v1+json',
    )
    const manifest = JSON.stringify({ schemaVersion: 2, mediaType, config: described, layers: [] })
    addManifest(shelf, Buffer.from(place === 'manifest' ? marked(manifest) : manifest), {
      mediaType,
      tag: 'v1',
    })
    expect((await failureOf(resolve(shelf))).code).toBe('REGISTRY_ANSWER_INVALID')
  })
})

it('an index of nothing, which Go writes as null, has no image for any platform', async () => {
  const shelf = emptyShelf()
  const mediaType = `${OCI}.image.index.v1+json`
  addManifest(shelf, { schemaVersion: 2, mediaType, manifests: null }, { mediaType, tag: 'v1' })
  expect((await failureOf(resolve(shelf))).code).toBe('PLATFORM_ABSENT')
})

it('an artifact without a platform beside the images is passed over', async () => {
  const shelf = emptyShelf()
  const chart = addImage(shelf, { architecture: 'x', configType: 'application/vnd.cncf.helm.config.v1+json' })
  addIndex(shelf, [chart, addImage(shelf, { architecture: 'amd64' })], 'v1')
  expect((await resolve(shelf)).images).toHaveLength(1)
  expect((await failureOf(resolve(shelf, [ARM64]))).code).toBe('PLATFORM_ABSENT')
})

it.each([
  [32, undefined],
  [33, '33 entries without a platform, at most 32'],
])('of %i entries without a platform, at most 32 are looked at', async (count, refused) => {
  const shelf = emptyShelf()
  const unnamed = Array.from({ length: count }, (_, index) =>
    addImage(shelf, { architecture: index === count - 1 ? 'amd64' : `arch${index}` }),
  )
  addIndex(shelf, unnamed, 'v1')
  if (refused === undefined) expect((await resolve(shelf)).images).toHaveLength(1)
  else expect((await failureOf(resolve(shelf))).because?.en).toContain(refused)
  addIndex(shelf, [...unnamed, { ...addImage(shelf, { architecture: 'arm64' }), ...on('arm64') }], 'v2')
  expect((await resolve(shelf, [ARM64], 'a/b:v2')).images).toHaveLength(1)
})
