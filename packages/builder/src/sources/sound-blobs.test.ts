import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Digest, digestOf } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { readSound } from './sound-blobs.ts'

const BYTES = Buffer.from('a tar')
const DIGEST = digestOf(BYTES) as Digest

let folder: string
let store: Store
const bring = vi.fn(async () => {
  if (!(await store.has(DIGEST))) await store.putBytes(BYTES)
})
const blobs = () => ({ store, digests: [DIGEST], bring })
/** Reads as a tar reader does: what is not as it should be breaks off. */
const read = vi.fn(async () => {
  const chunks: Buffer[] = []
  for await (const chunk of store.open(DIGEST)) chunks.push(chunk as Buffer)
  if (!Buffer.concat(chunks).equals(BYTES)) throw new Error('unexpected end of file')
  return 'its parts'
})

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-sound-'))
  store = await openStore(folder)
  vi.clearAllMocks()
})
afterEach(() => rm(folder, { recursive: true }))

it.each([
  ['was cut off', BYTES.subarray(0, 2)],
  ['is empty', Buffer.alloc(0)],
  ['holds zeros', Buffer.alloc(BYTES.length)],
])('fetches a blob again that %s by a power loss', async (_state, left) => {
  await store.putBytes(BYTES)
  await writeFile(store.pathOf(DIGEST), left)
  expect(await readSound(blobs(), read)).toBe('its parts')
  expect(bring).toHaveBeenCalledTimes(2)
})

it('throws what is wrong with a blob that is as its name says, and fetches nothing again', async () => {
  const refused = new Error('a link out of the tar')
  await expect(readSound(blobs(), () => Promise.reject(refused))).rejects.toBe(refused)
  expect(bring).toHaveBeenCalledTimes(1)
})
