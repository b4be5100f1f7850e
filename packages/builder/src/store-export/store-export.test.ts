import { execFileSync } from 'node:child_process'
import { mkdtemp, open, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Digest, digestOf, EdgeliftError, hexOf, silent, temporaryBeside } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exportStore } from './export-store.ts'
import { importStore } from './import-store.ts'

const BLOBS = ['', 'a', 'b'.repeat(511), 'c'.repeat(512), 'd'.repeat(3_000_000)].map((text) =>
  Buffer.from(text),
)
const DIGESTS = BLOBS.map((bytes) => digestOf(bytes))

let folder: string
let from: Store
let to: Store
const at = (name: string): string => path.join(folder, name)
const context = () => ({ report: silent, signal: new AbortController().signal })
const exported = (digests: readonly Digest[] = DIGESTS, file = at('store.tar')) =>
  exportStore(from, digests, { file, ...context() })

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-export-'))
  from = await openStore(at('from'))
  to = await openStore(at('to'))
  for (const bytes of BLOBS) await from.putBytes(bytes)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function failure(work: Promise<unknown>): Promise<EdgeliftError> {
  const error = await work.then(
    () => new Error('no error'),
    (problem: unknown) => problem,
  )
  if (error instanceof EdgeliftError) return error
  throw error
}

async function overwrite(file: string, place: number, text: string): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(text, place)
  await handle.close()
}

describe('a store that moves in a file', () => {
  it('is the same on the other side, and the file the same each time', async () => {
    const first = await exported()
    expect(first).toMatchObject({ blobs: 5, size: (await readFile(first.file)).length })
    expect(await readFile(`${first.file}.sha256`, 'utf8')).toBe(`${first.sha256}  store.tar\n`)
    expect((await exported([...DIGESTS, ...DIGESTS].reverse(), at('again.tar'))).sha256).toBe(first.sha256)
    const imported = await importStore(to, first.file, context())
    const copied = BLOBS.reduce((sum, bytes) => sum + bytes.length, 0)
    expect(imported).toMatchObject({ blobs: 5, present: 0, copied })
    for (const [index, digest] of DIGESTS.entries())
      expect(Buffer.compare(await to.readBytes(digest, 'a blob'), BLOBS[index] ?? Buffer.of())).toBe(0)
    expect(await to.verify()).toEqual([])
  })

  it('leaves nothing of exports to the same file that were killed', async () => {
    const name = path.basename(temporaryBeside(at('store.tar')))
    const others = ['.edgelift-store.tar-2-0123456789ab', '.edgelift-store.tar-aaaaaaaaaaaa'] // of another file, and at work
    for (const one of [name, ...others]) await writeFile(at(one), 'half')
    const before = new Date(Date.now() - 2 * 3_600_000)
    for (const one of [name, ...others.slice(0, 1)]) await utimes(at(one), before, before)
    await exported()
    const hidden = (await readdir(folder)).filter((one) => one.startsWith('.'))
    expect(hidden.sort()).toEqual(others.sort())
  })

  it('does not make the folder: it may be a disk that is not mounted', async () => {
    await expect(exported(DIGESTS, at('usb/store.tar'))).rejects.toMatchObject({
      code: 'ENOENT',
      path: at('usb/store.tar'),
    })
    expect(await readdir(folder)).not.toContain('usb')
  })

  it('brings only what is missing, and the rest of half a blob', async () => {
    const { file } = await exported()
    await to.putBytes(BLOBS[2] ?? Buffer.alloc(0))
    const [big, digest] = [BLOBS[4] ?? Buffer.alloc(0), DIGESTS[4] ?? '']
    await writeFile(path.join(to.root, 'partial', digest.slice('sha256:'.length)), big.subarray(0, 2_000_000))
    const imported = await importStore(to, file, context())
    expect(imported).toMatchObject({ present: 1, copied: 1_000_000 + 1 + 512 })
    expect(await importStore(to, file, context())).toMatchObject({ present: 5, copied: 0 })
  })

  it('mends half a blob that is another', async () => {
    const { file } = await exported()
    const partial = path.join(to.root, 'partial', (DIGESTS[4] ?? '').slice('sha256:'.length))
    await writeFile(partial, 'x'.repeat(2_000_000))
    await importStore(to, file, context())
    expect(await to.verify()).toEqual([])
  })

  it('ends when it is told to, and goes on the next time', async () => {
    const { file } = await exported()
    const stop = new AbortController()
    const report = () => stop.abort(new Error('stopped'))
    await expect(importStore(to, file, { report, signal: stop.signal })).rejects.toThrow('stopped')
    await importStore(to, file, context())
    expect(await to.verify()).toEqual([])
    expect((await to.ls()).every(({ state }) => state === 'whole')).toBe(true)
  })

  it.each<[string, (file: string) => Promise<unknown>, string]>([
    ['cut off', (file) => truncate(file, 2_000_000), 'STORE_EXPORT_INVALID'],
    ['empty', (file) => truncate(file, 0), 'STORE_EXPORT_INVALID'],
    ['longer', (file) => writeFile(file, 'x', { flag: 'a' }), 'STORE_EXPORT_INVALID'],
    ['something else', (file) => writeFile(file, 'x'.repeat(10_000)), 'STORE_EXPORT_INVALID'],
    ['with another list', (file) => overwrite(file, 512, '[]'), 'STORE_EXPORT_INVALID'],
    [
      'with a list that goes on and on',
      (file) => overwrite(file, 124, '77777777777'),
      'STORE_EXPORT_INVALID',
    ],
    [
      'with another header before a blob',
      async (file) =>
        overwrite(file, (await readFile(file)).lastIndexOf(hexOf(DIGESTS[4] ?? digestOf(''))), 'x'),
      'STORE_EXPORT_INVALID',
    ],
    ['with another byte in a blob', (file) => overwrite(file, 1_500_000, 'x'), 'DIGEST_MISMATCH'],
  ])('is refused: %s', async (_title, damage, code) => {
    const { file } = await exported()
    await rm(`${file}.sha256`)
    await damage(file)
    const error = await failure(importStore(to, file, context()))
    expect({ code: error.code, exit: error.exit }).toEqual({ code, exit: 4 })
    expect(await to.verify()).toEqual([])
  })

  it.each<[string, (file: string) => Promise<unknown>, RegExp]>([
    ['that differs', (file) => overwrite(file, 1_500_000, 'x'), /\.sha256 says [0-9a-f]{64}, the file has /],
    [
      'of another file',
      (file) => writeFile(`${file}.sha256`, `${'a'.repeat(64)}  x.tar\n`),
      /names x\.tar, not /,
    ],
    ['that is malformed', (file) => writeFile(`${file}.sha256`, 'x'), /is not one line of sha256sum$/],
  ])('is refused beside a checksum %s, before anything is copied', async (_title, damage, words) => {
    const { file } = await exported()
    await damage(file)
    const error = await failure(importStore(to, file, context()))
    expect(error).toMatchObject({ code: 'STORE_EXPORT_INVALID', exit: 4 })
    expect(error.because?.en).toMatch(words)
    expect(error.fix?.en).toMatch(/\.sha256/)
    expect(await to.ls()).toEqual([])
  })

  it('is brought in parts, by the name of the whole or of a part; a damaged part is named', async () => {
    const { file } = await exported()
    const split = `split -b 1000000 -d -a 3 --numeric-suffixes=1 store.tar store.tar.part && rm store.tar`
    execFileSync('sh', ['-c', `${split} && sha256sum store.tar.part* > store.tar.parts.sha256`], {
      cwd: folder,
    })
    expect(await importStore(to, file, context())).toMatchObject({ blobs: 5, present: 0 })
    expect(await importStore(to, `${file}.part002`, context())).toMatchObject({ present: 5 })
    await overwrite(`${file}.part002`, 500_000, 'x')
    const other = await openStore(at('other'))
    expect(await failure(importStore(other, file, context()))).toMatchObject({ code: 'STORE_EXPORT_INVALID' })
    await rm(`${file}.sha256`)
    expect(await failure(importStore(other, file, context()))).toMatchObject({
      ...{ code: 'SPLIT_DAMAGED', because: { en: expect.stringContaining('store.tar.part002 is damaged') } },
    })
    expect(await other.verify()).toEqual([])
  })

  it('is told from one of a newer edgelift, in both languages', async () => {
    const { file } = await exported()
    await rm(`${file}.sha256`)
    await overwrite(file, (await readFile(file)).indexOf('store-export/v1'), 'store-export/v2')
    expect(await failure(importStore(to, file, context()))).toMatchObject({
      ...{ code: 'STORE_EXPORT_INVALID', exit: 4 },
      because: {
        en: expect.stringContaining('edgelift/store-export/v2'),
        zh: expect.stringContaining('edgelift/store-export/v2'),
      },
      fix: { en: expect.stringContaining('newer'), zh: expect.stringContaining('更新版本') },
    })
  })

  it('says that a damaged one is to be copied again', async () => {
    const { file } = await exported()
    await rm(`${file}.sha256`)
    await overwrite(file, 1_500_000, 'x')
    expect(await failure(importStore(to, file, context()))).toMatchObject({
      ...{ code: 'DIGEST_MISMATCH', because: { en: expect.stringContaining('expected') } },
      fix: { en: expect.stringMatching(/^copy the file .* again/), zh: expect.stringContaining('重新拷贝') },
    })
  })

  it('is not begun where the disk lacks the space, in both languages', async () => {
    const { file } = await exported()
    const full = { ...to, freeBytes: async () => 2_000_000 }
    expect(await failure(importStore(full, file, context()))).toMatchObject({
      code: 'SPACE_LACKING',
      what: {
        en: `${to.root}: this import needs 3.0 MB, 2.0 MB are free`,
        zh: `${to.root}：本次导入需要 3.0 MB，可用空间为 2.0 MB`,
      },
      fix: { en: expect.stringContaining('--store'), zh: expect.stringContaining('--store') },
    })
    expect(await to.ls()).toEqual([])
    await to.putBytes(BLOBS[4] ?? Buffer.alloc(0))
    expect(await importStore(full, file, context())).toMatchObject({ present: 1 })
  })

  it('is not written from a damaged store', async () => {
    await writeFile(from.pathOf(DIGESTS[4] ?? ('' as Digest)), 'e'.repeat(3_000_000))
    expect(await failure(exported())).toMatchObject({
      ...{ code: 'DIGEST_MISMATCH', exit: 4 },
      fix: { en: expect.stringContaining('store verify'), zh: expect.stringContaining('store verify') },
    })
    expect((await readdir(folder)).sort()).toEqual(['from', 'to'])
  })
})
