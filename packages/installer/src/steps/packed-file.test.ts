import { createHash } from 'node:crypto'
import { appendFile, copyFile, mkdir, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { cloneFile } from '../node/copies.ts'
import { type Trial, trial } from '../testing/trial.ts'
import { layPackedFile } from './packed-file.ts'

const TEXT = 'an image'
const FILE = { from: 'a.tar', to: '/images/a.tar', mode: 0o644 }
const manifest = {
  files: [
    {
      path: 'a.tar',
      size: TEXT.length,
      integrity: `sha256-${createHash('sha256').update(TEXT).digest('base64')}`,
    },
  ],
} as unknown as Partial<BundleManifest>

let on: Trial
beforeEach(async () => {
  on = await trial()
  await on.put('/data/archive/a.tar', TEXT, 0o755)
  await mkdir(path.join(on.root, 'images'))
})
afterEach(() => on[Symbol.asyncDispose]())

const laid = () => readdir(path.join(on.root, 'images'))
/** A file system that makes clones, and one that makes none. */
const CLONES = [
  (from: string, to: string) => copyFile(from, to).then(() => true),
  async () => false,
  cloneFile, // whichever this machine has
]

it.each(CLONES)('lays a file with its content and mode, as one of its own (%#)', async (clone) => {
  await layPackedFile(await on.run(manifest), FILE, clone)
  expect(await laid()).toEqual(['a.tar'])
  expect((await stat(path.join(on.root, FILE.to))).mode & 0o7777).toBe(0o644)
  await appendFile(path.join(on.root, 'data/archive/a.tar'), ' that somebody damages')
  expect(await on.text(FILE.to)).toBe(TEXT)
})

it.each(CLONES)('lays nothing whose bytes are not those of the manifest (%#)', async (clone) => {
  await on.put('/data/archive/a.tar', 'another!')
  const laying = layPackedFile(await on.run(manifest), FILE, clone)
  await expect(laying).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
  expect(await laid()).toEqual([])
})

it('a clone that cannot be made leaves nothing', async () => {
  const to = path.join(on.root, 'images/a.tar')
  expect(await cloneFile(path.join(on.root, 'none'), to)).toBe(false)
  expect(await laid()).toEqual([])
})
