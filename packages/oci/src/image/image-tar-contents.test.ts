import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { digestOf } from '@edgelift/core'
import { describe, expect, it } from 'vitest'
import { type SampleEntry, tarWith } from '../tar/tar.sample.ts'
import { type ContentsOptions, readContents } from './image-tar-contents.ts'

const MB = 1024 * 1024
const read = async (entries: readonly SampleEntry[], options?: ContentsOptions) =>
  readContents(Readable.from([await tarWith(entries)], { objectMode: false }), 'x.tar', options)

describe('the contents of a tarball', () => {
  it('are told by size and digest, folders left out', async () => {
    const contents = await read([
      { name: 'blobs/', type: 'directory' },
      { name: 'blobs/a', content: 'aaa' },
      { name: 'empty', content: '' },
    ])
    expect(Object.fromEntries(contents)).toMatchObject({
      'blobs/a': { size: 3, digest: digestOf('aaa') },
      empty: { size: 0, digest: digestOf('') },
    })
    expect([...contents.keys()]).toEqual(['blobs/a', 'empty'])
  })

  it.each([
    ['an object', '{"a":1}', true],
    ['a list', '[1]', true],
    ['another text', 'oci-layout', false],
    ['JSON with a space before it', ' {}', false],
  ])('are kept where they may be a document: %s', async (_what, content, isKept) => {
    const found = (await read([{ name: 'f', content }])).get('f')
    expect(found?.bytes === undefined ? undefined : Buffer.from(found.bytes).toString()).toBe(
      isKept ? content : undefined,
    )
  })

  it('are kept up to 4 MiB each and 32 MiB together, and hashed beyond', async () => {
    const document = (size: number) => `{${' '.repeat(size - 2)}}`
    const entries = Array.from({ length: 9 }, (_, at) => ({ name: `${at}`, content: document(4 * MB) }))
    const contents = await read([{ name: 'large', content: document(4 * MB + 1) }, ...entries])
    const kept = [...contents].filter(([, { bytes }]) => bytes !== undefined).map(([name]) => name)
    expect(kept).toEqual(['0', '1', '2', '3', '4', '5', '6', '7'])
    expect(contents.get('large')).toEqual({ size: 4 * MB + 1, digest: digestOf(document(4 * MB + 1)) })
    expect(contents.get('8')?.digest).toBe(digestOf(document(4 * MB)))
  })

  it('are unpacked where they are wanted so, by what came before them', async () => {
    const seen: string[][] = []
    const contents = await read(
      [
        { name: 'index', content: '{}' },
        { name: 'layer', content: gzipSync('the layer') },
      ],
      {
        unpacks: (path, before) => {
          seen.push([path, ...before.keys()])
          return path === 'layer'
        },
      },
    )
    expect(seen).toEqual([['index'], ['layer', 'index']])
    expect(contents.get('layer')?.unpacked).toEqual({ digest: digestOf('the layer'), size: 9 })
    expect(contents.get('index')).not.toHaveProperty('unpacked')
  })
})

describe('a tarball is refused', () => {
  it.each<[string, readonly SampleEntry[]]>([
    [
      'whose path stands twice',
      [
        { name: 'a', content: '1' },
        { name: 'a', content: '1' },
      ],
    ],
    ['with a link', [{ name: 'a', type: 'symlink', linkname: '/etc/shadow' }]],
    [
      'with a second name of a file',
      [
        { name: 'b', content: '1' },
        { name: 'a', type: 'link', linkname: 'b' },
      ],
    ],
    ['with a device', [{ name: 'a', type: 'block-device' }]],
  ])('%s: the error names the path', async (_what, entries) => {
    await expect(read(entries)).rejects.toMatchObject({
      code: 'IMAGE_TAR_INVALID',
      what: { en: 'x.tar: a is wrong', zh: 'x.tar：a 有误' },
    })
  })

  it('that is cut', async () => {
    const tar = await tarWith([{ name: 'a', content: 'x'.repeat(2000) }])
    const cut = Readable.from([tar.subarray(0, 1500)], { objectMode: false })
    await expect(readContents(cut, 'x.tar')).rejects.toMatchObject({ exit: expect.any(Number) })
  })
})
