import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import type { Descriptor } from '../manifest/manifest.ts'
import { parseReference } from '../name/reference.ts'
import { planImageTar, writeImageTar } from './image-tar.ts'
import { unpackImageTar } from './image-tar-layers.ts'

const OCI = 'application/vnd.oci.image'
const DOCKER = 'application/vnd.docker.image.rootfs.diff'
const [LOWER, UPPER] = ['the lower layer '.repeat(900), 'the upper layer '.repeat(500)].map(Buffer.from)

interface Layer {
  readonly bytes: Buffer | undefined
  readonly type?: string
}

/** An image file of these layers, whose config names these diff_ids. */
async function imageFile(layers: readonly Layer[], diffIds: readonly string[] | undefined): Promise<Buffer> {
  const blobs = new Map<string, Uint8Array>()
  const blob = (mediaType: string, bytes: Uint8Array): Descriptor => {
    blobs.set(digestOf(bytes), bytes)
    return { mediaType, digest: digestOf(bytes), size: bytes.length }
  }
  const rootfs = diffIds === undefined ? {} : { rootfs: { type: 'layers', diff_ids: diffIds } }
  const platform = { os: 'linux', architecture: 'amd64' }
  const config = blob(`${OCI}.config.v1+json`, Buffer.from(JSON.stringify({ ...platform, ...rootfs })))
  const described = layers.map(({ bytes = Buffer.alloc(0), type = `${OCI}.layer.v1.tar+gzip` }) =>
    blob(type, bytes),
  )
  const manifest = { schemaVersion: 2, config, layers: described }
  const bytes = Buffer.from(JSON.stringify(manifest))
  const plan = planImageTar({
    references: [parseReference('kubeedge/pause:3.6')],
    platform,
    manifest: {
      descriptor: { mediaType: `${OCI}.manifest.v1+json`, digest: digestOf(bytes), size: bytes.length },
      bytes,
    },
    config,
    layers: described,
  })
  const pieces: Uint8Array[] = []
  const read = async function* ({ digest }: { digest: string }) {
    yield blobs.get(digest) ?? Buffer.alloc(0)
  }
  for await (const piece of writeImageTar(plan, read)) pieces.push(piece)
  return Buffer.concat(pieces)
}

async function unpack(layers: readonly Layer[], diffIds?: readonly string[], limit?: number) {
  const file = await imageFile(layers, diffIds)
  return unpackImageTar(Readable.from([file], { objectMode: false }), 'a.tar.gz: images/x.tar', limit)
}

const diffId = (bytes: Buffer | undefined): string => digestOf(bytes ?? '')
const gzip = (bytes: Buffer | undefined): Layer => ({ bytes: gzipSync(bytes ?? '') })

describe('the layers of an image file', () => {
  it('unpack to what the config names', async () => {
    const found = await unpack([gzip(LOWER), gzip(UPPER)], [LOWER, UPPER].map(diffId))
    expect(found).toMatchObject({ layers: 2, bytes: 900 * 16 + 500 * 16, problems: [] })
    expect(found.image.names).toEqual(['docker.io/kubeedge/pause:3.6'])
  })

  it('count once where one stands twice', async () => {
    const found = await unpack([gzip(LOWER), gzip(LOWER)], [LOWER, LOWER].map(diffId))
    expect(found).toMatchObject({ layers: 1, bytes: 900 * 16, problems: [] })
  })

  it.each([
    ['a tar as it is', LOWER, `${OCI}.layer.v1.tar`],
    ['a tar that is said to be gzip', LOWER, `${OCI}.layer.v1.tar+gzip`],
    ['gzip that Docker calls a tar', gzipSync(LOWER ?? ''), `${DOCKER}.tar`],
    ['gzip that is said to be zstd', gzipSync(LOWER ?? ''), `${DOCKER}.tar.zstd`],
  ])('are what their first bytes say, as for containerd: %s', async (_what, bytes, type) => {
    expect((await unpack([{ bytes, type }], [diffId(LOWER)])).problems).toEqual([])
  })

  it('are not unpacked where OCI calls them a plain tar, as by containerd', async () => {
    const bytes = gzipSync(LOWER ?? '')
    const plain = [{ bytes, type: `${OCI}.layer.v1.tar` }]
    expect((await unpack(plain, [digestOf(bytes)])).problems).toEqual([])
    expect((await unpack(plain, [diffId(LOWER)])).problems).toHaveLength(1)
  })

  it('that containerd would refuse are named, all of them, with image, layer, reason and fix', async () => {
    const cut = gzipSync(LOWER ?? '').subarray(0, -9)
    const { problems } = await unpack(
      [{ bytes: cut }, gzip(UPPER), gzip(LOWER)],
      [diffId(LOWER), diffId(UPPER), diffId(UPPER)],
    )
    expect(problems).toMatchObject([
      {
        code: 'LAYER_INVALID',
        exit: 4,
        what: {
          en: `a.tar.gz: images/x.tar: containerd would refuse docker.io/kubeedge/pause:3.6, layer 1 (${digestOf(cut)})`,
          zh: expect.stringContaining(digestOf(cut)),
        },
        because: { en: 'its gzip stream is cut off' },
        fix: { en: expect.stringContaining('push the image again'), zh: expect.stringContaining('重新推送') },
      },
      {
        what: { en: expect.stringContaining('layer 3') },
        because: {
          en: `it unpacks to ${diffId(LOWER)}, but the image's config names ${diffId(UPPER)} (diff_id)`,
          zh: expect.stringContaining(diffId(UPPER)),
        },
      },
    ])
  })

  it.each([
    ['too few', [diffId(LOWER)]],
    ['too many', [LOWER, UPPER, UPPER].map(diffId)],
    ['none', undefined],
  ])('need as many diff_ids: %s', async (_what, diffIds) => {
    expect((await unpack([gzip(LOWER), gzip(UPPER)], diffIds)).problems).toMatchObject([
      {
        code: 'LAYER_INVALID',
        because: { en: `it has 2 layers, but its config names ${diffIds?.length ?? 0} (diff_ids)` },
      },
    ])
  })

  it('may unpack to the limit and no further', async () => {
    const small = await unpack([gzip(LOWER)], [diffId(LOWER)], 900 * 16 - 1)
    expect(small.problems).toMatchObject([{ because: { en: 'it unpacks to more than 14.4 KB' } }])
  })

  it('are checked after the file itself', async () => {
    const file = await imageFile([gzip(LOWER)], [diffId(LOWER)])
    const at = file.indexOf(gzipSync(LOWER ?? '')) + 20
    file[at] = (file[at] ?? 0) ^ 0xff
    const reading = unpackImageTar(Readable.from([file], { objectMode: false }), 'x')
    await expect(reading).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })
})
