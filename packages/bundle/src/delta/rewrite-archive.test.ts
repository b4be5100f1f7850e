import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { archiveWriter } from '../archive-writer.ts'
import { sampleFile, sampleManifest } from '../manifest.sample.ts'
import type { BundleManifest } from '../manifest.ts'
import { packContent } from '../pack-content.ts'
import { rewriteArchive } from './rewrite-archive.ts'
import type { Delta } from './schema.ts'

const FILES = [
  { path: 'README.txt', pack: 'deflated', mode: '0644', content: Buffer.from('read me '.repeat(1000)) },
  { path: 'bin/helm', pack: 'alone', mode: '0755', content: Buffer.alloc(100_000, 'helm ') },
  { path: 'images/a.tar', pack: 'stored', mode: '0644', content: Buffer.alloc(100_000, 'image') },
] as const
const RECIPE: Delta = {
  format: 'edgelift/delta/v1',
  name: 'site-2',
  base: { name: 'site', version: '1' },
  files: FILES.map(({ path: name, pack }) => ({ path: name, pack, source: 'base' })),
}
type Records = readonly (readonly [string, Buffer])[]
let records: Records

let folder: string
let directory: string
const signal = new AbortController().signal
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-rewrite-'))
  directory = path.join(folder, 'site-2')
  const { packed } = await built([])
  const manifest = {
    ...{ ...sampleManifest, packed },
    files: FILES.map(({ path: name, mode, content }) => ({ ...sampleFile(name, content), mode })),
  }
  records = [
    ['manifest.json', Buffer.from(JSON.stringify(manifest))],
    ['SHA256SUMS', Buffer.from('sums\n')],
    ['SHA256SUMS.minisig', Buffer.from('signature\n')],
  ]
  for (const [name, content] of [...FILES.map((file) => [file.path, file.content] as const), ...records]) {
    await mkdir(path.dirname(path.join(directory, name)), { recursive: true })
    await writeFile(path.join(directory, name), content)
  }
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The archive as a full build writes it. */
async function built(records: Records): Promise<{ bytes: Buffer; packed: BundleManifest['packed'] }> {
  const out = path.join(folder, 'full.tar.gz')
  const writer = await archiveWriter({ out, top: 'site-2' })
  for (const { path: name, pack, mode, content } of FILES) {
    const entry = { path: name, mode, size: content.length }
    const pieces = async function* (): AsyncGenerator<Buffer> {
      yield content
    }
    if (pack === 'alone') await writer.packed(entry, packContent(pieces()))
    else await writer.file({ ...entry, compress: pack === 'deflated' }, [content])
  }
  const packed = await writer.seal()
  for (const [name, bytes] of records)
    await writer.file({ path: name, mode: '0644', size: bytes.length, compress: false }, [bytes])
  await writer.finish()
  const bytes = await readFile(out)
  await rm(out)
  return { bytes, packed }
}

it.each([
  ['with its signature', 3],
  ['that is not signed', 2],
])('writes the very archive again: one %s', async (_what, count) => {
  if (count === 2) await rm(path.join(directory, 'SHA256SUMS.minisig'))
  const out = path.join(folder, 'again.tar.gz')
  const { size, sha256 } = await rewriteArchive(directory, RECIPE, out, signal)
  const { bytes: expected } = await built(records.slice(0, count))
  expect((await readFile(out)).equals(expected)).toBe(true)
  expect([size, sha256]).toEqual([expected.length, createHash('sha256').update(expected).digest('hex')])
})

it.each([
  ['shorter', 'README.txt', 'short', 'README.txt: 5 bytes where 8000 were announced'],
  ['shorter, and packed alone', 'bin/helm', 'short', 'bin/helm: 5 bytes where 100000 were announced'],
])('leaves nothing behind when a file has become %s', async (_what, name, content, words) => {
  await writeFile(path.join(directory, name), content)
  await expect(rewriteArchive(directory, RECIPE, path.join(folder, 'again.tar.gz'), signal)).rejects.toThrow(
    words,
  )
  expect(await readdir(folder)).toEqual(['site-2'])
})

it('leaves nothing behind when a file is gone', async () => {
  await rm(path.join(directory, 'images/a.tar'))
  await expect(
    rewriteArchive(directory, RECIPE, path.join(folder, 'again.tar.gz'), signal),
  ).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await readdir(folder)).toEqual(['site-2'])
})

it.each<[number, Delta['files'][number]['pack']]>([
  [0, 'stored'],
  [1, 'deflated'],
  [2, 'alone'],
])('writes no other archive where the recipe packs file %i as %s', async (changed, pack) => {
  const files = RECIPE.files.map((file, index) => (index === changed ? { ...file, pack } : file))
  const out = path.join(folder, 'again.tar.gz')
  await expect(rewriteArchive(directory, { ...RECIPE, files }, out, signal)).rejects.toMatchObject({
    code: 'DELTA_INVALID',
    fix: { en: expect.stringContaining(`${directory} is complete and verified`) },
  })
  expect(await readdir(folder)).toEqual(['site-2'])
})

it('stops when it is told to, and leaves nothing behind', async () => {
  const stop = new AbortController()
  stop.abort(new Error('stopped'))
  const out = path.join(folder, 'again.tar.gz')
  await expect(rewriteArchive(directory, RECIPE, out, stop.signal)).rejects.toThrow('stopped')
  expect(await readdir(folder)).toEqual(['site-2'])
})

it('ends in the middle of a file once it is stopped, and leaves nothing', async () => {
  await truncate(path.join(directory, 'README.txt'), 256 * 1024 * 1024) // the first one
  const stop = new AbortController()
  const watch = setInterval(async () => {
    const names = await readdir(folder)
    if (names.some((name) => name.startsWith('.edgelift-'))) stop.abort(new Error('stopped'))
  }, 1)
  try {
    const out = path.join(folder, 'again.tar.gz')
    await expect(rewriteArchive(directory, RECIPE, out, stop.signal)).rejects.toThrow('stopped')
  } finally {
    clearInterval(watch)
  }
  expect(await readdir(folder)).toEqual(['site-2'])
})
