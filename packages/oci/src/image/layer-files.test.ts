import { gzipSync } from 'node:zlib'
import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { memoryStore, type SampleEntry, tarWith } from '../tar/tar.sample.ts'
import { filesOfImage, type ImageFilesOptions } from './layer-files.ts'

type Layer = readonly SampleEntry[]

const file = (name: string, content: string, mode = 0o644): SampleEntry => ({ name, content, mode })
const link = (name: string, linkname: string): SampleEntry => ({ name, type: 'symlink', linkname })
const hard = (name: string, linkname: string): SampleEntry => ({ name, type: 'link', linkname })
const folder = (name: string): SampleEntry => ({ name, type: 'directory' })

async function take(
  layers: readonly Layer[],
  wanted: readonly string[],
  limits?: ImageFilesOptions['limits'],
) {
  const store = memoryStore()
  const descriptors = []
  for (const [index, layer] of layers.entries()) {
    const tar = await tarWith(layer)
    const bytes = index % 2 === 0 ? gzipSync(tar) : tar
    store.blobs.set(digestOf(bytes), bytes)
    descriptors.push({ mediaType: 'x', digest: digestOf(bytes), size: bytes.length })
  }
  const { open, put } = store
  const options = { layers: descriptors, open, put, wanted, what: 'node:24', ...(limits ? { limits } : {}) }
  const files = await filesOfImage(options)
  return Object.fromEntries(
    [...files].map(([name, found]) => [name, `${found.path} ${store.textOf(found.digest)}`]),
  )
}

async function missing(layers: readonly Layer[], path: string): Promise<void> {
  await expect(take(layers, [path])).rejects.toMatchObject({
    code: 'TAR_MEMBER_MISSING',
    message: expect.stringContaining(path),
  })
}

describe('filesOfImage', () => {
  const debian: Layer = [
    folder('usr/'),
    folder('usr/lib/x86_64-linux-gnu/'),
    file('usr/lib/x86_64-linux-gnu/libc.so.6', 'libc', 0o755),
    file('usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30', 'libstdc++'),
    link('usr/lib/x86_64-linux-gnu/libstdc++.so.6', 'libstdc++.so.6.0.30'),
    link('lib', 'usr/lib'),
    link('lib64', '/usr/lib64'),
    folder('usr/lib64/'),
    link('usr/lib64/ld-linux-x86-64.so.2', '../../../../../lib/x86_64-linux-gnu/ld.so'),
    file('usr/lib/x86_64-linux-gnu/ld.so', 'ld.so'),
  ]

  it('follows the links of a real runtime inside the image', async () => {
    const lib = '/usr/lib/x86_64-linux-gnu'
    expect(
      await take(
        [debian, [file('usr/local/bin/node', 'node')]],
        [
          '/lib/x86_64-linux-gnu/libc.so.6',
          '/usr/lib/x86_64-linux-gnu/libstdc++.so.6',
          '/lib64/ld-linux-x86-64.so.2',
          '/usr/local/bin/node',
        ],
      ),
    ).toEqual({
      '/lib/x86_64-linux-gnu/libc.so.6': `${lib}/libc.so.6 libc`,
      '/usr/lib/x86_64-linux-gnu/libstdc++.so.6': `${lib}/libstdc++.so.6.0.30 libstdc++`,
      '/lib64/ld-linux-x86-64.so.2': `${lib}/ld.so ld.so`,
      '/usr/local/bin/node': '/usr/local/bin/node node',
    })
  })

  it('gives size and mode, and keeps a file once that has two names', async () => {
    const store = memoryStore()
    const tar = gzipSync(await tarWith(debian))
    const layer = { mediaType: 'x', digest: digestOf(tar), size: tar.length }
    store.blobs.set(layer.digest, tar)
    let puts = 0
    const files = await filesOfImage({
      layers: [layer],
      open: store.open,
      put: (stream) => {
        puts++
        return store.put(stream)
      },
      wanted: ['/lib/x86_64-linux-gnu/libc.so.6', '/usr/lib/x86_64-linux-gnu/libc.so.6'],
      what: 'x',
    })
    expect(puts).toBe(1)
    expect([...files.values()].map(({ size, mode }) => [size, mode])).toEqual([
      [4, 0o755],
      [4, 0o755],
    ])
  })

  it('takes the highest layer that has a file', async () => {
    expect(await take([[file('a', 'old'), file('b', 'b')], [file('a', 'new')]], ['/a', '/b'])).toEqual({
      '/a': '/a new',
      '/b': '/b b',
    })
  })

  it('writes through a link to a folder that a lower layer has', async () => {
    expect(
      await take(
        [debian, [file('lib/x86_64-linux-gnu/libc.so.6', 'patched')]],
        ['/lib/x86_64-linux-gnu/libc.so.6'],
      ),
    ).toEqual({
      '/lib/x86_64-linux-gnu/libc.so.6': '/usr/lib/x86_64-linux-gnu/libc.so.6 patched',
    })
  })

  it('honours whiteouts of files and folders, of lower layers only', async () => {
    const lower: Layer = [file('etc/a', 'a'), file('etc/d/x', 'x')]
    await missing([lower, [file('etc/.wh.a', '')]], '/etc/a')
    await missing([lower, [file('etc/.wh.d', '')]], '/etc/d/x')
    expect(await take([lower, [file('etc/d/y', 'y'), file('etc/.wh.d', '')]], ['/etc/d/y'])).toEqual({
      '/etc/d/y': '/etc/d/y y',
    })
    expect(await take([lower, [file('etc/.wh.a', '')], [file('etc/a', 'again')]], ['/etc/a'])).toEqual({
      '/etc/a': '/etc/a again',
    })
  })

  it.each([
    ['before', (own: SampleEntry, opaque: SampleEntry) => [opaque, own]],
    ['after', (own: SampleEntry, opaque: SampleEntry) => [own, opaque]],
  ])('honours an opaque folder that stands %s its own files', async (_name, order) => {
    const lower: Layer = [file('etc/d/x', 'x'), file('etc/d/e/x', 'x')]
    const upper = order(file('etc/d/y', 'y'), file('etc/d/.wh..wh..opq', ''))
    await missing([lower, upper], '/etc/d/x')
    await missing([lower, upper], '/etc/d/e/x')
    expect(await take([lower, upper], ['/etc/d/y'])).toEqual({ '/etc/d/y': '/etc/d/y y' })
  })

  it('follows hard links, also when their first name is gone', async () => {
    const layers: Layer[] = [[file('a', 'content')], [hard('b', 'a')], [file('.wh.a', '')]]
    expect(await take(layers, ['/b'])).toEqual({ '/b': '/b content' })
    await missing(layers, '/a')
  })

  it('replaces a folder by a file or link, with all that was in it', async () => {
    const lower: Layer = [file('d/x', 'x')]
    await missing([lower, [file('d', 'a file')]], '/d/x')
    await missing([lower, [link('d', 'e')]], '/d/x')
  })

  it.each([
    ['a folder', [folder('d/')], '/d'],
    ['a device', [{ name: 'd', type: 'character-device' } as const], '/d'],
    ['a link to nothing', [link('d', 'x')], '/d'],
    ['a link to itself', [link('d', 'd')], '/d'],
    ['links in a circle', [link('d', 'e/x'), link('e', 'd')], '/d'],
    ['a path below a file', [file('d', 'x')], '/d/x'],
  ])('says that %s is no file', (_name, layer, path) => missing([layer], path))

  it('keeps links inside the image', async () => {
    const layer = [link('up', '../../../../etc/passwd'), file('etc/passwd', 'of the image')]
    expect(await take([layer], ['/up'])).toEqual({ '/up': '/etc/passwd of the image' })
  })

  it('refuses a path that leads out, a hard link to nothing, and a file used as a folder', async () => {
    for (const bad of [file('a/../../b', 'x'), hard('h', '../x'), hard('h', 'nothing'), file('a/b', 'x')]) {
      await expect(take([[file('a', 'a')], [bad]], ['/a'])).rejects.toMatchObject({
        code: 'TAR_INVALID',
        message: expect.stringContaining('node:24, layer 2'),
      })
    }
  })

  it('bounds what a layer unpacks to and how large a wanted file is', async () => {
    const layer = [file('big', 'x'.repeat(5_000_000))]
    await expect(take([layer], ['/big'], { totalSize: 1_000_000 })).rejects.toMatchObject({
      code: 'CONTENT_TOO_LARGE',
    })
    await expect(take([layer], ['/big'], { fileSize: 1_000_000 })).rejects.toMatchObject({
      code: 'CONTENT_TOO_LARGE',
    })
  })

  it('refuses a layer that is not what its digest says', async () => {
    const store = memoryStore()
    const tar = gzipSync(await tarWith([file('a', 'a')]))
    const layer = { mediaType: 'x', digest: digestOf('other'), size: tar.length }
    store.blobs.set(layer.digest, tar)
    const promise = filesOfImage({
      layers: [layer],
      open: store.open,
      put: store.put,
      wanted: ['/a'],
      what: 'x',
    })
    await expect(promise).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  })
})
