import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TAR_END, tarHeader, tarPadding } from '@edgelift/core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { blobsInTar } from './tar-blobs.ts'

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)]
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-blobs-'))
})
afterAll(() => rm(folder, { recursive: true }))

function entry(name: string, size: number): Buffer {
  const head = tarHeader({ path: name, type: 'file', size, mode: 0o644 })
  return Buffer.concat([head, Buffer.alloc(size, 'x'), Buffer.alloc(tarPadding(size))])
}

async function found(
  ...pieces: readonly Uint8Array[]
): Promise<[hex: string, offset: number, size: number][]> {
  const file = path.join(folder, 'image.tar')
  await writeFile(file, Buffer.concat(pieces))
  return [...(await blobsInTar(file))].map(([hex, place]) => {
    expect(place.file).toBe(file)
    return [hex, place.offset, place.size]
  })
}

it('tells where the blobs lie, and passes over everything else', async () => {
  const pieces = [
    entry('oci-layout', 30),
    entry(`blobs/sha256/${A}`, 600),
    entry('index.json', 0),
    entry(`blobs/sha256/${B}`, 512),
    TAR_END,
  ]
  expect(await found(...pieces)).toEqual([
    [A, 1024 + 512, 600],
    [B, 1024 + 512 + 1024 + 512 + 512, 512],
  ])
})

it.each([
  ['a digest that is short', `blobs/sha256/${A.slice(1)}`],
  ['a digest in capitals', `blobs/sha256/${A.toUpperCase()}`],
  ['another algorithm', `blobs/sha512/${A}`],
  ['a folder above', `x/blobs/sha256/${A}`],
  ['a file below', `blobs/sha256/${A}/x`],
])('takes for no blob: %s', async (_what, name) => {
  expect(await found(entry(name, 1), TAR_END)).toEqual([])
})

it('takes of a tarball that is cut off what is whole', async () => {
  const whole = entry(`blobs/sha256/${A}`, 600)
  expect(await found(whole, entry(`blobs/sha256/${B}`, 5000).subarray(0, 2000))).toEqual([[A, 512, 600]])
})

it('stops at what is no header of a tarball', async () => {
  const odd = entry(`blobs/sha256/${B}`, 1)
  odd.write('USTAR', 257)
  expect(await found(entry(`blobs/sha256/${A}`, 1), odd)).toEqual([[A, 512, 1]])
  const endless = entry(`blobs/sha256/${B}`, 1)
  endless.write('not octal...', 124)
  expect(await found(endless, entry(`blobs/sha256/${A}`, 1))).toEqual([])
  expect(await found(Buffer.from('no tarball'))).toEqual([])
})

it('reads blobs of 8 GiB, and those behind them', async () => {
  const size = 8 * 1024 ** 3
  const head = tarHeader({ path: `blobs/sha256/${A}`, type: 'file', size, mode: 0o644 })
  const file = path.join(folder, 'sparse.tar')
  const handle = await open(file, 'w')
  await handle.write(head, 0, head.length, 0)
  const next = entry(`blobs/sha256/${B}`, 1)
  await handle.write(next, 0, next.length, head.length + size)
  await handle.close()
  expect([...(await blobsInTar(file))]).toEqual([
    [A, { file, offset: head.length, size }],
    [B, { file, offset: head.length + size + 512, size: 1 }],
  ])
})
