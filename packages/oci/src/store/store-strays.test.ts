import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { digestOf, hexOf } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BlobSink } from '../transfer/blob-sink.ts'
import { openStore, type Store } from './store.ts'

const bytes = Buffer.from('the bytes of a blob')
const digest = digestOf(bytes)
const expected = { digest, size: bytes.length }
const fill = async (sink: BlobSink) => {
  const offset = await sink.offset()
  await sink.append(offset, Readable.from([bytes.subarray(offset)]))
}

let root: string
let store: Store
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-strays-'))
  store = await openStore(root)
})
afterEach(() => rm(root, { recursive: true }))

const strays: readonly [string, (file: string) => Promise<unknown>][] = [
  ['an empty directory', (file) => mkdir(file, { recursive: true })],
  ['a pipe', async (file) => execFileSync('mkfifo', [file])],
  ['a link to itself', (file) => symlink(path.basename(file), file)],
  ['a link to nowhere', (file) => symlink('nowhere', file)],
]

describe.each(strays)('%s at the place of a blob', (_name, lay) => {
  beforeEach(() => lay(store.pathOf(digest)))

  it('is no blob', async () => {
    expect(await store.has(digest)).toBe(false)
    expect(await store.check(digest)).toBeUndefined()
    expect(await store.ls()).toEqual([])
    const missing = { code: 'STORE_BLOB_MISSING' }
    await expect(buffer(store.open(digest))).rejects.toMatchObject(missing)
    await expect(store.readBytes(digest, 'x')).rejects.toMatchObject(missing)
    const read = store.read(expected, 'x')[Symbol.asyncIterator]()
    await expect(read.next()).rejects.toMatchObject(missing)
  })

  it.each<[string, () => Promise<unknown>]>([
    ['ensure', () => store.ensure(expected, 'x', fill)],
    ['putBytes', () => store.putBytes(bytes)],
    ['putStream', () => store.putStream(Readable.from([bytes]))],
  ])('gives way to the blob of %s', async (_method, put) => {
    await put()
    expect(await buffer(store.open(digest))).toEqual(bytes)
    expect(await readdir(path.dirname(store.pathOf(digest)))).toEqual([hexOf(digest)])
  })

  it('is found and removed by verify', async () => {
    expect(await store.verify()).toMatchObject([{ digest, path: store.pathOf(digest) }])
    expect(await store.verify()).toEqual([])
    expect(await store.ensure(expected, 'x', fill)).toEqual({ fetched: bytes.length })
  })
})

describe.each(strays)('%s elsewhere in the store', (_name, lay) => {
  it.each([
    ['partial download', 'partial/HEX'],
    ['lock', 'partial/HEX.lock'],
  ])('at the place of a %s gives way to it', async (_what, place) => {
    await lay(path.join(root, place.replace('HEX', hexOf(digest))))
    expect(await store.ensure(expected, 'x', fill)).toEqual({ fetched: bytes.length })
    expect(await readdir(path.join(root, 'partial'))).toEqual([])
  })

  it('does not hinder prune, nor a mark of use', async () => {
    const hex = hexOf(digest)
    for (const folder of ['urls', 'packed', 'builds', 'users']) await mkdir(path.join(root, folder))
    for (const name of [
      'urls/x.json',
      'packed/x.json',
      'builds/x.json',
      `partial/${hex}`,
      `partial/${hex}.lock`,
    ])
      await lay(path.join(root, name))
    await lay(path.join(root, 'users', `1-${'0'.repeat(16)}`))
    await using _used = await store.use()
    await store.prune()
    expect(await readdir(path.join(root, 'urls'))).toEqual([])
    expect(await readdir(path.join(root, 'packed'))).toEqual([])
  })
})

it('a directory that holds something is refused by name', async () => {
  const somebodys = path.join(store.pathOf(digest), 'somebody')
  await mkdir(somebodys, { recursive: true })
  const refusal = { code: 'FILE_NOT_REGULAR', what: { en: expect.stringContaining(store.pathOf(digest)) } }
  await expect(store.ensure(expected, 'x', fill)).rejects.toMatchObject(refusal)
  await expect(store.verify()).rejects.toMatchObject(refusal)
  expect(await readdir(store.pathOf(digest))).toEqual(['somebody'])
})
