import { PLACEHOLDER_LABEL } from '@edgelift/bundle'
import { digestOf, EdgeliftError, EXIT, silent } from '@edgelift/core'
import { formatReference, type Reference, type ResolvedImage, type Store } from '@edgelift/oci'
import { describe, expect, it } from 'vitest'
import { failedItems } from '../failed-items.ts'
import { itemRunner } from '../item-runner.ts'
import type { PhaseContext } from './context.ts'
import { imageKey, lockedBlobs, resolveAll } from './lock-images.ts'

const CODES = { down: 'TRANSFER_FAILED', untrusted: 'TLS_UNTRUSTED', absent: 'REGISTRY_NOT_FOUND' } as const

/** What is found where one image is resolved so. */
function resolved(resolveImages: () => Promise<never>) {
  const context = {
    items: itemRunner(),
    report: silent,
    concurrency: 1,
    registry: { resolveImages },
    store: {} as Store,
  } as unknown as PhaseContext
  const image = {
    reference: 'registry.example/a:1',
    platforms: new Set(['linux/amd64' as const]),
    ids: new Set(['images.a']),
  }
  return resolveAll([image], context)
}

it('names every image that cannot be had in one run: those that fail, and those that are not published', async () => {
  const items = itemRunner()
  const resolveImages = async (ref: Reference) => {
    const name = ref.repository.split('/').at(-1) as keyof typeof CODES
    const what = formatReference(ref)
    throw new EdgeliftError(CODES[name], EXIT.failed, { what, because: 'why', fix: 'how' })
  }
  const context = {
    ...{ items, report: silent, concurrency: 1, registry: { resolveImages }, store: {} as Store },
  } as unknown as PhaseContext
  const wanted = Object.keys(CODES).map((name) => ({
    reference: `registry.example/${name}:1`,
    platforms: new Set(['linux/amd64' as const]),
    ids: new Set([`images.${name}`]),
  }))
  const { findings } = await resolveAll(wanted, context)
  const outcome = { en: 'no lock was written', zh: '未生成锁定文件' }
  const { error } = JSON.parse(
    JSON.stringify({ error: failedItems(items.failures, { subject: 'r', outcome, findings }) }),
  )
  expect(error.findings).toMatchObject([
    { code: 'IMAGE_PHANTOM', where: 'images.absent' },
    { code: 'TRANSFER_FAILED', where: 'images.down registry.example/down:1', cause: 'why', fix: 'how' },
    {
      code: 'TLS_UNTRUSTED',
      where: 'images.untrusted registry.example/untrusted:1',
      cause: 'why',
      fix: 'how',
    },
  ])
})

it.each([
  [
    'REGISTRY_UNAUTHORIZED' as const,
    'registry.example/a:1 is declared and not published, or private (401): log in to m.example',
  ],
  ['REGISTRY_NOT_FOUND' as const, 'registry.example/a:1 is declared and not published (401)'],
])('says where to log in for an image that may be private: %s', async (code, words) => {
  const resolveImages = async () => {
    throw new EdgeliftError(code, EXIT.failed, {
      what: 'x',
      because: { en: '401', zh: '401' },
      fix: { en: 'log in to m.example', zh: '请登录 m.example' },
    })
  }
  const { findings } = await resolved(resolveImages)
  expect(findings.map(({ text }) => text.en)).toEqual([words])
})

it('says of an image that cannot be packed what can be done', async () => {
  const resolveImages = async () => {
    const because = { en: 'it is foreign', zh: '外部层' }
    const fix = { en: 'take another one', zh: '请改用其他镜像' }
    throw new EdgeliftError('MEDIA_TYPE_REFUSED', EXIT.failed, { what: 'x', because, fix })
  }
  const { findings } = await resolved(resolveImages)
  expect(findings).toMatchObject([
    {
      code: 'IMAGE_UNUSABLE',
      text: {
        en: expect.stringMatching(/\(it is foreign\): take another one$/),
        zh: expect.stringContaining('请改用其他镜像'),
      },
    },
  ])
})

describe('an image that is published', () => {
  const part = (name: string) => ({
    descriptor: { mediaType: `type of ${name}`, digest: digestOf(name), size: name.length, annotations: {} },
    bytes: Buffer.from(name),
  })
  const resolved = (
    changed: Partial<ResolvedImage> = {},
    labels: Record<string, string> = {},
  ): ResolvedImage =>
    ({
      manifest: part('manifest'),
      config: { ...part('config'), labels },
      layers: [part('layer').descriptor],
      platformUnproved: false,
      ...changed,
    }) as unknown as ResolvedImage

  it('is kept in the store by its manifest and its configuration, for each platform', async () => {
    const kept: string[] = []
    const store = { putBytes: async (bytes: Buffer) => void kept.push(bytes.toString()) }
    const asked: string[][] = []
    const registry = {
      resolveImages: async (_: Reference, platforms: readonly { architecture: string }[]) => {
        asked.push(platforms.map(({ architecture }) => architecture))
        return [resolved(), resolved({ platformUnproved: true })]
      },
    }
    const context = {
      ...{ items: itemRunner(), report: silent, concurrency: 1, registry, store },
    } as unknown as PhaseContext
    const platforms = new Set(['linux/arm64', 'linux/amd64'] as const)
    const image = { reference: 'registry.example/a:1', platforms, ids: new Set(['images.b', 'images.a']) }
    const { images, findings } = await resolveAll([image], context)
    expect(asked).toEqual([['amd64', 'arm64']])
    expect(kept).toEqual(['manifest', 'config', 'manifest', 'config'])
    expect([...images.keys()]).toEqual([
      imageKey('registry.example/a:1', 'linux/amd64'),
      imageKey('registry.example/a:1', 'linux/arm64'),
    ])
    expect(findings).toEqual([
      {
        ...{ severity: 'warning', code: 'IMAGE_PLATFORM', where: 'images.a, images.b' },
        text: {
          en: 'the config of registry.example/a:1 names no platform; its index says linux/arm64, which is believed',
          zh: expect.stringContaining('linux/arm64'),
        },
      },
    ])
  })

  it('is locked by its blobs alone', () => {
    expect(lockedBlobs(resolved())).toEqual({
      manifest: { mediaType: 'type of manifest', digest: digestOf('manifest'), size: 8 },
      config: { mediaType: 'type of config', digest: digestOf('config'), size: 6 },
      layers: [{ mediaType: 'type of layer', digest: digestOf('layer'), size: 5 }],
    })
  })

  it.each([
    ['its index', { index: { digest: digestOf('index') } }, {}, { index: digestOf('index') }],
    ['that it is a placeholder', {}, { [PLACEHOLDER_LABEL]: '' }, { placeholder: true }],
    ['its licence', {}, { 'org.opencontainers.image.licenses': 'MIT' }, { license: 'MIT' }],
  ])('is locked with %s where it has one', (_what, changed, labels, expected) => {
    expect(lockedBlobs(resolved(changed as Partial<ResolvedImage>, labels))).toMatchObject(expected)
  })

  it.each(['', 'see the file LICENSE', 'MIT-ish OR'])('has no licence by the words %j', (words) => {
    const image = resolved({}, { 'org.opencontainers.image.licenses': words })
    expect(lockedBlobs(image)).not.toHaveProperty('license')
  })
})
