import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { newKey, signingHash, verifyHash } from '@edgelift/bundle'
import { exec, mustExec, silent, type WorkEvent } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeParts, type SplitOptions, splitArchive } from './split-archive.ts'

const KEY = newKey(Buffer.alloc(32, 1), Buffer.alloc(8, 1))
const CONTENT = Buffer.alloc(2_500_000, 'an archive of many bytes ')

let folder: string
let archive: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-split-'))
  archive = path.join(folder, 'a.tar.gz')
  await writeFile(archive, CONTENT)
})
afterEach(() => rm(folder, { recursive: true }))

const split = (size: number, more: Partial<SplitOptions> = {}) =>
  splitArchive(archive, {
    ...{ size, release: { name: 'site', version: '1' }, key: undefined, signing: undefined, report: silent },
    signal: new AbortController().signal,
    ...more,
  })
const names = async (): Promise<string[]> => (await readdir(folder)).sort()

describe('the parts of an archive', () => {
  it.each([
    [1_000_000, [1_000_000, 1_000_000, 500_000]],
    [1_250_000, [1_250_000, 1_250_000]],
    [9_000_000, [2_500_000]],
  ])('of at most %i bytes are the archive when joined', async (size, sizes) => {
    const { parts } = await split(size)
    expect(parts.map((part) => part.size)).toEqual(sizes)
    const files = parts.map(({ name }) => path.join(folder, name))
    const bytes = Buffer.concat(await Promise.all(files.map((file) => readFile(file))))
    expect(bytes.equals(CONTENT)).toBe(true)
    for (const file of files) expect((await stat(file)).mode & 0o777).toBe(0o644)
  })

  it('are checked by sha256sum with their list', async () => {
    const { list } = await split(1_000_000)
    expect(list).toBe(`${archive}.parts.sha256`)
    const out = await mustExec(exec, 'sha256sum', ['-c', path.basename(list)], { cwd: folder })
    expect(out).toBe('a.tar.gz.part001: OK\na.tar.gz.part002: OK\na.tar.gz.part003: OK\n')
  })

  it('have a list that is signed with the key', async () => {
    const { list } = await split(1_000_000, { key: KEY, signing: { now: 1_700_000_000 } })
    const hash = signingHash()
      .update(await readFile(list))
      .digest()
    const signature = await readFile(`${list}.minisig`, 'utf8')
    expect(verifyHash(hash, signature, KEY, 'x')).toContain('release:site-1 timestamp:1700000000')
  })

  it('replace those of an earlier split, also where there are fewer', async () => {
    await split(500_000)
    expect(await names()).toContain('a.tar.gz.part005')
    await writeFile(path.join(folder, 'b.tar.gz.part009'), 'of another archive')
    await split(2_000_000)
    expect(await names()).toEqual([
      ...['a.tar.gz', 'a.tar.gz.part001', 'a.tar.gz.part002', 'a.tar.gz.parts.sha256'],
      'b.tar.gz.part009',
    ])
  })

  it('are told byte by byte, up to the end', async () => {
    const told: WorkEvent[] = []
    await split(1_000_000, { report: (event) => told.push(event) })
    expect(told.at(-2)).toMatchObject({ type: 'transfer', done: CONTENT.length, total: CONTENT.length })
    expect(told.at(-1)).toMatchObject({ type: 'transferred', label: 'a.tar.gz.parts.sha256' })
  })
})

describe('no list speaks of the parts', () => {
  it('where there would be more than 999, with the size that is possible', async () => {
    await expect(split(2_000)).rejects.toMatchObject({
      code: 'SPLIT_TOO_SMALL',
      what: { en: 'a.tar.gz would have 1250 parts', zh: 'a.tar.gz 会产生 1250 个分卷' },
      fix: { en: expect.stringMatching(/more than 2\.5 KB$/) },
    })
    expect(await names()).toEqual(['a.tar.gz'])
  })

  it('where it is stopped half way', async () => {
    await split(1_000_000)
    const stop = new AbortController()
    const report = () => stop.abort(new Error('stopped'))
    await expect(split(900_000, { report, signal: stop.signal })).rejects.toThrow('stopped')
    expect(await names()).not.toContain('a.tar.gz.parts.sha256')
    expect((await names()).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('once they are removed, with its signature', async () => {
    await split(1_000_000, { key: KEY, signing: { now: 1 } })
    await removeParts(archive)
    expect(await names()).toEqual(['a.tar.gz'])
    await expect(removeParts(archive)).resolves.toBeUndefined()
  })
})
