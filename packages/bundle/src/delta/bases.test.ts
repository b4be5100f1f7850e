import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TAR_END, tarHeader, tarPadding } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleFile, sampleManifest } from '../manifest.sample.ts'
import { contentStoreBase, directoryBase } from './bases.ts'

const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const LAYER = Buffer.from('a layer')
const IMAGE = Buffer.concat([
  tarHeader({ path: `blobs/sha256/${hexOf(LAYER)}`, type: 'file', size: LAYER.length, mode: 0o644 }),
  LAYER,
  Buffer.alloc(tarPadding(LAYER.length)),
  TAR_END,
])
const HELM = Buffer.from('helm')
const FILES = new Map([
  ['bin/helm', HELM],
  ['images/app.tar', IMAGE],
])
const MANIFEST = Buffer.from(
  JSON.stringify({
    ...sampleManifest,
    files: [...FILES, ['images/gone.tar', IMAGE] as const].map(([name, bytes]) => sampleFile(name, bytes)),
    images: ['images/app.tar', 'images/gone.tar'].map((file) => ({
      reference: 'r/app:1',
      digest: 'sha256:0',
      platform: 'linux/amd64',
      file,
      neededBy: [],
    })),
  }),
)

let folder: string
const at = (...names: string[]): string => path.join(folder, ...names)
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-bases-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function layDirectory(): Promise<string> {
  for (const [name, bytes] of [...FILES, ['manifest.json', MANIFEST] as const]) {
    await mkdir(path.dirname(at('old', name)), { recursive: true })
    await writeFile(at('old', name), bytes)
  }
  return at('old')
}

describe('a directory as a base', () => {
  it('finds files by their hash, and blobs inside its images', async () => {
    const base = await directoryBase(await layDirectory())
    expect(base.label).toBe(at('old'))
    expect(await base.find(hexOf(HELM))).toEqual({ file: at('old/bin/helm'), offset: 0, size: 4 })
    expect(await base.find(hexOf(LAYER))).toEqual({ file: at('old/images/app.tar'), offset: 512, size: 7 })
    expect(await base.find('0'.repeat(64))).toBeUndefined()
  })

  it('does not find a file that is gone', async () => {
    const base = await directoryBase(await layDirectory())
    await rm(at('old/bin/helm'))
    expect(await base.find(hexOf(HELM))).toBeUndefined()
  })

  it.each([
    ['nothing', 'gone', 'gone/manifest.json: no such file'],
    ['an empty folder', '', 'manifest.json: no such file'],
  ])('is refused when it is %s, with what is missing', async (_what, name, words) => {
    await expect(directoryBase(at(name))).rejects.toMatchObject({
      code: 'DELTA_BASE_INVALID',
      exit: 2,
      what: { en: `cannot use ${at(name)} as a base`, zh: `无法将 ${at(name)} 用作基准` },
      because: { en: expect.stringContaining(words) },
      fix: { en: expect.stringContaining('--base'), zh: expect.stringContaining('--base') },
    })
  })

  it('is refused with the reason when its manifest cannot be used', async () => {
    await layDirectory()
    await writeFile(at('old/manifest.json'), '{}')
    await expect(directoryBase(at('old'))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' })
  })
})

describe('a content store as a base', () => {
  it('finds blobs under their digests, and nothing else there', async () => {
    const base = contentStoreBase(at('content'))
    expect(await base.find(hexOf(LAYER))).toBeUndefined()
    await mkdir(at('content/blobs/sha256', hexOf(HELM)), { recursive: true })
    await writeFile(at('content/blobs/sha256', hexOf(LAYER)), LAYER)
    expect(await base.find(hexOf(LAYER))).toMatchObject({ offset: 0, size: 7 })
    expect(await base.find(hexOf(HELM))).toBeUndefined()
  })
})
