import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { digestOf, TAR_END, tarHeader, tarPadding, verified } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import type { Descriptor } from '../manifest/manifest.ts'
import { parseReference } from '../name/reference.ts'
import type { Store } from '../store/store.ts'
import { type ImageTarInput, planImageTar, writeImageTar } from './image-tar.ts'
import { readImageTar } from './image-tar-read.ts'

const blobs = new Map<string, Buffer>()

function blob(mediaType: string, content: Buffer | string): Descriptor {
  const bytes = Buffer.from(content)
  blobs.set(digestOf(bytes), bytes)
  return { mediaType, digest: digestOf(bytes), size: bytes.length }
}

function image(change: Partial<ImageTarInput> = {}): ImageTarInput {
  const config = blob('application/vnd.oci.image.config.v1+json', '{"os":"linux","architecture":"arm64"}')
  const layer = blob('application/vnd.oci.image.layer.v1.tar+gzip', Buffer.alloc(3000, 'a layer'))
  const empty = blob('application/vnd.oci.image.layer.v1.tar', 'an empty layer')
  const layers = [empty, layer, empty]
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }, null, 3))
  return {
    references: [parseReference('kubeedge/pause:3.6')],
    platform: { os: 'linux', architecture: 'arm64' },
    manifest: { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes },
    config,
    layers,
    ...change,
  }
}

const fromMemory: Store['read'] = async function* ({ digest }) {
  yield blobs.get(digest) ?? Buffer.alloc(0)
}

async function tarOf(input: ImageTarInput): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of writeImageTar(planImageTar(input), fromMemory)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const read = (bytes: Uint8Array) => readImageTar(Readable.from([bytes]), 'x.tar')

describe('an image tar', () => {
  it('is read back with its names, platform and blobs', async () => {
    const input = image({ references: ['b/y:2', 'a.example:5000/x:1'].map(parseReference) })
    const content = await read(await tarOf(input))
    expect(content.names).toEqual(['a.example:5000/x:1', 'docker.io/b/y:2'])
    expect(content.repoTags).toEqual(content.names)
    expect(content.platform).toEqual({ os: 'linux', architecture: 'arm64' })
    expect(content.manifest.digest).toBe(input.manifest.descriptor.digest)
    expect(content.layers.map((layer) => layer.digest)).toEqual(input.layers.map((layer) => layer.digest))
  })

  it('is exactly as long as planned, with sorted blobs, each once', async () => {
    const plan = planImageTar(image())
    expect((await tarOf(image())).length).toBe(plan.size)
    const paths = plan.entries.map((entry) => entry.path)
    expect(paths.slice(0, 3)).toEqual(['oci-layout', 'index.json', 'manifest.json'])
    expect(paths.slice(3)).toEqual([...new Set(paths.slice(3))].sort())
    expect(paths.length).toBe(3 + 4)
  })

  it('has the same bytes as ever, whatever the order of its names', async () => {
    const names = ['b/y:2', 'kubeedge/pause:3.6'].map(parseReference)
    const one = digestOf(await tarOf(image({ references: names })))
    expect(digestOf(await tarOf(image({ references: [...names, ...names].reverse() })))).toBe(one)
    expect(digestOf(await tarOf(image()))).toBe(
      'sha256:a34e974a68daab946707848ee6dd404ccb6bd2263f5931c1a42621e47b7c6da3',
    )
  })

  it('keeps a digest out of RepoTags', async () => {
    const reference = parseReference(`busybox@${digestOf('x')}`)
    const content = await read(await tarOf(image({ references: [reference] })))
    expect(content).toMatchObject({ names: [`docker.io/library/busybox@${digestOf('x')}`], repoTags: [] })
  })

  it('refuses an image without a name', () => {
    expect(() => planImageTar(image({ references: [] }))).toThrow('has no name')
  })

  it('fails while it is written when a blob of the store is not what it should be', async () => {
    const bad = image().layers[1]?.digest
    const chunks = writeImageTar(planImageTar(image()), async function* (expected, what) {
      yield verified(
        blobs.get(expected.digest === bad ? '' : expected.digest) ?? Buffer.alloc(0),
        expected,
        what,
      )
    })
    await expect(buffer(Readable.from(chunks))).rejects.toMatchObject({
      code: 'SIZE_MISMATCH',
      message: expect.stringContaining(bad?.slice(7) ?? ''),
    })
  })

  it('stops reading the store when its consumer stops', async () => {
    let [opened, ended] = [0, 0]
    const chunks = writeImageTar(planImageTar(image()), async function* (expected, what) {
      opened++
      try {
        yield* fromMemory(expected, what)
      } finally {
        ended++
      }
    })
    for await (const _chunk of chunks) if (opened > 0) break
    expect([opened, ended]).toEqual([1, 1])
  })
})

describe('readImageTar', () => {
  type Files = Record<string, Buffer>

  async function changed(change: (files: Files) => void): Promise<Buffer> {
    const files: Files = {}
    for (const entry of planImageTar(image()).entries) {
      files[entry.path] = Buffer.from(entry.bytes ?? blobs.get(entry.digest ?? '') ?? '')
    }
    change(files)
    return Buffer.concat([...Object.entries(files).flatMap(([path, bytes]) => tarred(path, bytes)), TAR_END])
  }

  function tarred(path: string, bytes: Buffer): Uint8Array[] {
    const header = tarHeader({ path, size: bytes.length, mode: 0o644, type: 'file' })
    return [header, bytes, Buffer.alloc(tarPadding(bytes.length))]
  }

  const layerPath = `blobs/sha256/${(image().layers[1]?.digest ?? '').slice(7)}`

  function edit(files: Files, path: string, from: string, to: string): void {
    files[path] = Buffer.from(String(files[path]).replaceAll(from, to))
  }

  it.each<[string, (files: Files) => void, string, string]>([
    ['no oci-layout', (f) => delete f['oci-layout'], 'IMAGE_TAR_INVALID', 'oci-layout'],
    ['no index.json', (f) => delete f['index.json'], 'IMAGE_TAR_INVALID', 'index.json'],
    ['no manifest.json', (f) => delete f['manifest.json'], 'IMAGE_TAR_INVALID', 'manifest.json'],
    ['no layer', (f) => delete f[layerPath], 'IMAGE_TAR_INVALID', layerPath],
    ['a flipped byte', (f) => f[layerPath]?.writeUInt8(0, 9), 'DIGEST_MISMATCH', layerPath],
    ['a stray file', (f) => Object.assign(f, { stray: Buffer.from('x') }), 'IMAGE_TAR_INVALID', 'stray'],
    [
      'no JSON',
      (f) => Object.assign(f, { 'index.json': Buffer.from('{') }),
      'IMAGE_TAR_INVALID',
      'index.json',
    ],
    [
      'one name only',
      (f) => edit(f, 'index.json', 'io.containerd.image.name', 'x'),
      'IMAGE_TAR_INVALID',
      'index.json',
    ],
    ['another platform', (f) => edit(f, 'index.json', 'arm64', 'amd64'), 'IMAGE_TAR_INVALID', 'index.json'],
    [
      'another docker image',
      (f) => edit(f, 'manifest.json', '"Layers":["', '"Layers":["x'),
      'IMAGE_TAR_INVALID',
      'manifest.json',
    ],
  ])('refuses %s, naming it', async (_name, change, code, part) => {
    const promise = read(await changed(change))
    await expect(promise).rejects.toMatchObject({ code, message: expect.stringContaining(part) })
  })

  it('refuses a cut file', async () => {
    const bytes = await tarOf(image())
    await expect(read(bytes.subarray(0, 5000))).rejects.toMatchObject({ code: 'TAR_INVALID' })
  })

  it('reads what it writes', async () => {
    expect((await read(await changed(() => {}))).names).toEqual(['docker.io/kubeedge/pause:3.6'])
  })
})
