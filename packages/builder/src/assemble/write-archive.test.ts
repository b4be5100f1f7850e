import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { newKey, type SecretKey, verifyArchive } from '@edgelift/bundle'
import { digestOf, type WorkEvent } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ArchivePlan, PlanEntry } from '../plan/archive-plan.ts'
import { packedContent, packedDigests } from './packed-content.ts'
import { splitArchive } from './split-archive.ts'
import { writeArchive, writeCompanions } from './write-archive.ts'

const KEY = newKey(Buffer.alloc(32, 1), Buffer.alloc(8, 1))
const SMALL = Buffer.from('small')
const LARGE = Buffer.alloc(2 * 1024 * 1024, 'large words ')

let folder: string
let store: Store
const told: WorkEvent[] = []
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-write-'))
  store = await openStore(path.join(folder, 'store'))
  for (const bytes of [SMALL, LARGE]) await store.putBytes(bytes)
  told.length = 0
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const entry = (name: string, content: PlanEntry['content'], compress = true): PlanEntry => ({
  path: name,
  mode: '0644',
  compress,
  origin: { kind: 'edgelift', version: '0' },
  neededBy: [],
  content,
})
const blob = (bytes: Buffer): PlanEntry['content'] => ({
  kind: 'blob',
  digest: digestOf(bytes),
  size: bytes.length,
})

function planOf(...entries: readonly PlanEntry[]): ArchivePlan {
  return {
    name: 'sample-edge',
    role: 'edge',
    platform: 'linux/amd64',
    release: { name: 'sample', version: '1' },
    lock: digestOf('lock'),
    versions: {},
    entries,
    images: [],
    charts: [],
    options: [],
    settings: { sandboxImage: 'x', testImage: 'x', k3sDisable: [] },
    placeholders: [],
  }
}
const PLAN = planOf(
  entry('bytes.txt', { kind: 'bytes', bytes: Buffer.from('bytes') }),
  entry('large', blob(LARGE)),
  entry('small', blob(SMALL), false),
)
const options = (more: { key?: SecretKey; signal?: AbortSignal } = {}) => ({
  store,
  out: folder,
  report: (event: WorkEvent) => void told.push(event),
  signal: new AbortController().signal,
  ...more,
})
const archive = (): string => path.join(folder, 'sample-edge.tar.gz')
const files = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name !== 'store').sort()

describe('an archive', () => {
  it('is one that verifies, with its checksum and its signature beside it', async () => {
    const written = await writeArchive(PLAN, options({ key: KEY }))
    expect(await files()).toEqual([
      'sample-edge.tar.gz',
      'sample-edge.tar.gz.minisig',
      'sample-edge.tar.gz.sha256',
    ])
    expect(await readFile(`${archive()}.sha256`, 'utf8')).toBe(`${written.sha256}  sample-edge.tar.gz\n`)
    const verified = await verifyArchive(archive(), { publicKey: KEY })
    expect(verified).toMatchObject({ problems: [], signature: 'valid', files: 6, besideUnchecked: [] })
    expect(verified.besideChecked).toHaveLength(2)
    expect(verified.manifest.files.map((file) => [file.path, file.size])).toEqual([
      ['bytes.txt', 5],
      ['large', LARGE.length],
      ['small', 5],
    ])
  })

  it('has the same bytes each time, of the same plan', async () => {
    const { sha256 } = await writeArchive(PLAN, options())
    const first = await readFile(archive())
    await rm(path.join(store.root, 'packed'), { recursive: true })
    expect(await writeArchive(PLAN, options())).toMatchObject({ sha256, size: first.length })
    expect((await readFile(archive())).equals(first)).toBe(true)
  })

  it('takes away what spoke of an earlier one, its parts too', async () => {
    await writeArchive(PLAN, options({ key: KEY }))
    for (const name of ['.part001', '.parts.sha256', '.parts.sha256.minisig'])
      await writeFile(`${archive()}${name}`, 'old')
    await writeArchive(planOf(entry('other', blob(SMALL))), options())
    expect(await files()).toEqual(['sample-edge.tar.gz', 'sample-edge.tar.gz.sha256'])
  })

  it('tells how far it is, never past the end', async () => {
    await writeArchive(PLAN, options())
    const transfers = told.filter((event) => event.type === 'transfer')
    const total = LARGE.length + 10
    expect(transfers.at(-1)).toMatchObject({ done: total, total, label: 'sample-edge.tar.gz' })
    expect(told.at(-1)).toMatchObject({ type: 'transferred', fetched: 0 })
  })

  it.each([
    ['deflated among others', entry('small', blob(SMALL))],
    ['packed alone', entry('large', blob(LARGE))],
  ])('is not written from a damaged store, and nothing stays behind: a content %s', async (_what, one) => {
    const { digest } = one.content as Extract<PlanEntry['content'], { kind: 'blob' }>
    const bytes = await readFile(store.pathOf(digest))
    bytes[0] = 0x21
    await rm(store.pathOf(digest))
    await writeFile(store.pathOf(digest), bytes)
    const work = writeArchive(planOf(one), options())
    await expect(work).rejects.toMatchObject({
      code: 'PART_MISMATCH',
      what: {
        en: `${one.path}: the store’s copy is not what the lock says`,
        zh: `${one.path}：内容存储中的副本与锁定文件不符`,
      },
      fix: {
        en: expect.stringContaining('edgelift store verify'),
        zh: expect.stringContaining('edgelift store verify'),
      },
    })
    expect(await files()).toEqual([])
  })

  it('leaves the one of before where a content is gone, or where it is told to stop', async () => {
    const { sha256 } = await writeArchive(PLAN, options())
    await rm(store.pathOf(digestOf(SMALL)))
    await expect(writeArchive(PLAN, options())).rejects.toMatchObject({ code: 'STORE_BLOB_MISSING' })
    const stop = new AbortController()
    stop.abort(new Error('stopped'))
    await expect(writeArchive(PLAN, options({ signal: stop.signal }))).rejects.toThrow('stopped')
    expect(
      createHash('sha256')
        .update(await readFile(archive()))
        .digest('hex'),
    ).toBe(sha256)
    expect(await files()).toEqual(['sample-edge.tar.gz', 'sample-edge.tar.gz.sha256'])
  })
})

describe('what lies beside an archive', () => {
  it('stays as it is where it is right, a signature with its time, and is made again where it is not', async () => {
    const written = await writeArchive(PLAN, options({ key: KEY }))
    const signing = { release: PLAN.release, key: KEY, signing: undefined }
    const before = await readFile(`${archive()}.minisig`, 'utf8')
    await writeCompanions(written, signing)
    expect(await readFile(`${archive()}.minisig`, 'utf8')).toBe(before)
    await writeFile(`${archive()}.sha256`, 'wrong')
    await writeFile(`${archive()}.minisig`, 'wrong')
    await writeCompanions(written, signing)
    expect((await verifyArchive(archive(), { publicKey: KEY })).problems).toEqual([])
  })

  it('is signed again by another key', async () => {
    const written = await writeArchive(PLAN, options({ key: KEY }))
    const before = await readFile(`${archive()}.minisig`, 'utf8')
    const key = newKey(Buffer.alloc(32, 2), Buffer.alloc(8, 2))
    await writeCompanions(written, { release: PLAN.release, key, signing: undefined })
    expect(await readFile(`${archive()}.minisig`, 'utf8')).not.toBe(before)
  })
})

describe('a content that is packed alone', () => {
  it('is deflated once, and again where the store has lost what it kept', async () => {
    const content = blob(LARGE) as Extract<PlanEntry['content'], { kind: 'blob' }>
    expect(await packedDigests(store.root, [content.digest])).toEqual([])
    const read = async (): Promise<Buffer> => {
      const pieces: Buffer[] = []
      for await (const piece of await packedContent(content, 'large', store)) pieces.push(Buffer.from(piece))
      return Buffer.concat(pieces)
    }
    const packed = await read()
    const [kept] = await packedDigests(store.root, [content.digest, digestOf(SMALL)])
    expect(kept).toBe(digestOf(packed))
    await rm(store.pathOf(content.digest))
    expect((await read()).equals(packed)).toBe(true) // from what is kept: the content is not asked for
    await store.putBytes(LARGE)
    await rm(store.pathOf(kept ?? digestOf('')))
    expect((await read()).equals(packed)).toBe(true)
  })
})

describe('an archive in parts', () => {
  const split = (size: number, more: { key?: SecretKey; signal?: AbortSignal } = {}) =>
    splitArchive(archive(), {
      size,
      release: PLAN.release,
      key: more.key,
      signing: undefined,
      report: (event) => void told.push(event),
      signal: more.signal ?? new AbortController().signal,
    })

  it.each([1, 2, 7, 300])(
    'is the whole when they are joined, and verifies as one: %i parts',
    async (count) => {
      const { size } = await writeArchive(PLAN, options({ key: KEY }))
      const whole = await readFile(archive())
      const { parts, list } = await split(Math.ceil(size / count), { key: KEY })
      const joined = await Promise.all(parts.map(({ name }) => readFile(path.join(folder, name))))
      expect(Buffer.concat(joined).equals(whole)).toBe(true)
      expect(joined.map(({ length }) => length)).toEqual(parts.map((part) => part.size))
      expect(Math.max(...parts.map((part) => part.size))).toBeLessThanOrEqual(Math.ceil(size / count))
      await rm(archive())
      const { problems, besideChecked } = await verifyArchive(list, { publicKey: KEY })
      expect(problems).toEqual([])
      expect(besideChecked).toContain('sample-edge.tar.gz.parts.sha256.minisig')
    },
  )

  it('takes the place of an earlier one with more parts', async () => {
    await writeArchive(PLAN, options())
    const { size } = await stat(archive())
    await split(Math.ceil(size / 5))
    await split(Math.ceil(size / 2))
    expect((await files()).filter((name) => /part\d/.test(name))).toEqual([
      'sample-edge.tar.gz.part001',
      'sample-edge.tar.gz.part002',
    ])
  })

  it('is refused where it would have more parts than there are names, with the size that does', async () => {
    await writeArchive(PLAN, options())
    await expect(split(1)).rejects.toMatchObject({
      code: 'SPLIT_TOO_SMALL',
      what: {
        en: expect.stringMatching(/^sample-edge\.tar\.gz would have \d+ parts$/),
        zh: expect.stringMatching(/个分卷$/),
      },
      because: { en: 'at most 999 are possible', zh: '最多 999 个' },
      fix: { en: expect.stringMatching(/^use --split with more than \d+ B$/) },
    })
    expect((await files()).filter((name) => name.includes('.part'))).toEqual([])
  })

  it('has no list until all of it is there', async () => {
    await writeArchive(PLAN, options())
    await split(1_000_000)
    const stop = new AbortController()
    stop.abort(new Error('stopped'))
    await expect(split(1_000_000, { signal: stop.signal })).rejects.toThrow('stopped')
    expect(await files()).not.toContain('sample-edge.tar.gz.parts.sha256')
  })
})
