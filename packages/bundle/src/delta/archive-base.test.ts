import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { paxRecord, TAR_END, tarHeader, tarPadding } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveWriter } from '../archive-writer.ts'
import { archiveBase } from './archive-base.ts'

const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const [LOWER, UPPER, HELM] = [
  Buffer.from('the lower layer'),
  Buffer.from('the upper layer'),
  Buffer.from('helm'),
]
const { signal } = new AbortController()

/** An image tarball of blobs, the names of which say what the second of each pair is. */
function tarOf(...blobs: readonly (readonly [bytes: Buffer, named: Buffer])[]): Buffer {
  return Buffer.concat([
    ...blobs.flatMap(([bytes, named]) => [
      tarHeader({ path: `blobs/sha256/${hexOf(named)}`, type: 'file', size: bytes.length, mode: 0o644 }),
      ...[bytes, Buffer.alloc(tarPadding(bytes.length))],
    ]),
    TAR_END,
  ])
}
const IMAGE = tarOf([LOWER, LOWER], [UPPER, UPPER])
const FILES: readonly (readonly [string, Buffer])[] = [
  ['bin/helm', HELM],
  ['bin/other', Buffer.from('abcd')],
  ['images/app.tar', IMAGE],
]

let folder: string
let file: string
let scratch: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-archive-base-'))
  ;[file, scratch] = [path.join(folder, 'old-1.tar.gz'), path.join(folder, 'scratch')]
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function lay(files: readonly (readonly [string, Buffer])[]): Promise<void> {
  const writer = await archiveWriter({ out: file, top: 'old-1' })
  for (const [name, bytes] of files)
    await writer.file({ path: name, mode: '0644', size: bytes.length, compress: true }, [bytes])
  await writer.finish()
}
const layAll = () => lay([...FILES, ['manifest.json', Buffer.from('{}')]])

const wantedOf = (...contents: readonly Buffer[]) =>
  new Map(contents.map((bytes) => [hexOf(bytes), bytes.length] as const))
const open = (...contents: readonly Buffer[]) =>
  archiveBase(file, { scratch, wanted: wantedOf(...contents), signal })
const held = async () => (await readdir(scratch)).sort()

describe('an archive as a base', () => {
  it('gives files and blobs of its images by their hash, and writes nothing but what is wanted', async () => {
    await layAll()
    const base = await open(HELM, UPPER)
    expect(base.label).toBe(file)
    expect(await held()).toEqual([HELM, UPPER].map(hexOf).sort())
    for (const bytes of [HELM, UPPER]) {
      const place = await base.find(hexOf(bytes))
      expect(place).toEqual({ file: path.join(scratch, hexOf(bytes)), offset: 0, size: bytes.length })
      expect(await readFile(path.join(scratch, hexOf(bytes)))).toEqual(bytes)
    }
    expect(await base.find(hexOf(LOWER))).toBeUndefined()
  })

  it('gives blobs out of an image that is wanted as a whole', async () => {
    await layAll()
    const base = await open(IMAGE, LOWER)
    expect(await held()).toEqual([hexOf(IMAGE)])
    expect(await base.find(hexOf(LOWER))).toMatchObject({
      file: path.join(scratch, hexOf(IMAGE)),
      offset: 512,
    })
  })

  it('gives blobs out of an image that is only as long as one that is wanted', async () => {
    await layAll()
    const base = await open(Buffer.alloc(IMAGE.length), LOWER)
    expect(await held()).toEqual([hexOf(LOWER)])
    expect(await base.find(hexOf(LOWER))).toBeDefined()
  })

  it('gives blobs whose size stands in an extended header, as that of 8 GiB and more does', async () => {
    const record = Buffer.from(paxRecord('size', String(LOWER.length)))
    const extended = Buffer.from(
      tarHeader({ path: 'PaxHeader', type: 'file', size: record.length, mode: 0o644 }),
    )
    extended.write('x', 156)
    const head = tarHeader({ path: `blobs/sha256/${hexOf(LOWER)}`, type: 'file', size: 0, mode: 0o644 })
    const padded = (bytes: Buffer) => [bytes, Buffer.alloc(tarPadding(bytes.length))]
    const tar = Buffer.concat([extended, ...padded(record), head, ...padded(LOWER), tarOf([UPPER, UPPER])])
    await lay([
      ['images/large.tar', tar],
      ['manifest.json', Buffer.from('{}')],
    ])
    await open(LOWER, UPPER)
    expect(await held()).toEqual([LOWER, UPPER].map(hexOf).sort())
  })

  it('takes no blob for what its name says', async () => {
    await lay([
      ['images/wrong.tar', tarOf([UPPER, LOWER])],
      ['images/app.tar', IMAGE],
      ['manifest.json', Buffer.from('{}')],
    ])
    await open(LOWER)
    expect(await readFile(path.join(scratch, hexOf(LOWER)))).toEqual(LOWER)
    expect(await held()).toEqual([hexOf(LOWER)])
  })

  it('never fills a disk, whatever it unpacks to', async () => {
    const bomb = Buffer.alloc(50_000_000)
    const bombs = Array.from({ length: 4 }, (_, n) => [`a/${n}`, bomb] as const)
    const tars = Array.from({ length: 4 }, (_, n) => [`images/${n}.tar`, tarOf([bomb, HELM])] as const)
    await lay([...bombs, ...tars, ...FILES, ['manifest.json', Buffer.from('{}')]])
    const sizes: number[] = []
    const timer = setInterval(async () => {
      const names = await readdir(scratch).catch(() => [])
      const found = await Promise.all(
        names.map((name) => stat(path.join(scratch, name)).catch(() => undefined)),
      )
      sizes.push(found.reduce((sum, one) => sum + (one?.size ?? 0), 0))
    }, 5)
    await open(HELM, UPPER)
    clearInterval(timer)
    expect(sizes.length).toBeGreaterThan(5)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(HELM.length + UPPER.length)
    expect(await held()).toEqual([HELM, UPPER].map(hexOf).sort())
  })

  it('is read no further than to the last that is wanted', async () => {
    await lay([...FILES, ['zoo', randomBytes(16_000_000)]])
    await truncate(file, 15_000_000)
    expect(await (await open(HELM)).find(hexOf(HELM))).toBeDefined()
    await expect(open(HELM, Buffer.from('not there'))).rejects.toMatchObject({ code: 'ARCHIVE_DAMAGED' })
  })

  it('is read once, and used from there by a later run, which removes what else lies there', async () => {
    await layAll()
    await open(HELM)
    const { ino } = await stat(path.join(scratch, hexOf(HELM)))
    await mkdir(path.join(scratch, 'old-1/bin'), { recursive: true })
    await writeFile(path.join(scratch, '.edgelift-content-0'), 'cut')
    await open(HELM, LOWER)
    expect((await stat(path.join(scratch, hexOf(HELM)))).ino).toBe(ino)
    expect(await held()).toEqual([HELM, LOWER].map(hexOf).sort())
    await rm(file)
    expect(await (await open(HELM, LOWER)).find(hexOf(LOWER))).toBeDefined()
  })

  it('is refused when it is cut off, and taken by the next run once it is whole', async () => {
    await layAll()
    const whole = await readFile(file)
    await truncate(file, 60)
    await expect(open(HELM)).rejects.toMatchObject({
      ...{ code: 'ARCHIVE_DAMAGED', exit: 4, what: { en: expect.stringContaining(file) } },
      because: { en: 'it was cut off', zh: '文件不完整' },
    })
    await writeFile(file, whole)
    expect(await (await open(HELM)).find(hexOf(HELM))).toBeDefined()
  })

  it('is refused when it is damaged, in both languages and with what helps', async () => {
    await layAll()
    const bytes = await readFile(file)
    bytes.fill(0x55, bytes.length / 2, bytes.length / 2 + 40)
    await writeFile(file, bytes)
    await expect(open(Buffer.from('x'))).rejects.toMatchObject({
      ...{ code: 'ARCHIVE_DAMAGED', exit: 4, what: { en: expect.stringContaining(file) } },
      because: {
        en: expect.stringMatching(/not as they were packed$/),
        zh: expect.stringMatching(/不一致$/),
      },
      fix: { en: expect.stringContaining('.sha256'), zh: expect.stringContaining('.sha256') },
    })
  })

  it.each([
    ['is no archive', () => writeFile(file, 'no archive'), /does not begin as a \.tar\.gz/],
    ['holds no manifest', () => lay(FILES), /no manifest\.json/],
  ])('is refused when it %s, also where nothing of it is wanted', async (_what, spoil, words) => {
    await spoil()
    const because = { en: expect.stringMatching(words) }
    await expect(open(Buffer.from('x'))).rejects.toMatchObject({ code: 'DELTA_BASE_INVALID', because })
    await expect(open()).rejects.toMatchObject({ code: 'DELTA_BASE_INVALID', because })
  })

  it('ends where the run is interrupted', async () => {
    await layAll()
    const attempt = archiveBase(file, { scratch, wanted: wantedOf(HELM), signal: AbortSignal.abort() })
    await expect(attempt).rejects.toMatchObject({ name: 'AbortError' })
  })
})
