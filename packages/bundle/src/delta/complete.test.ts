import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readlinkSync } from 'node:fs'
import {
  cp,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TAR_END, tarHeader, tarPadding } from '@edgelift/core'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { archiveWriter } from '../archive-writer.ts'
import { sampleFile, sampleManifest } from '../manifest.sample.ts'
import type { BundleManifest } from '../manifest.ts'
import { formatManifest } from '../read-manifest.ts'
import { formatSums } from '../sums.ts'
import { archiveBase } from './archive-base.ts'
import { type Base, contentStoreBase, directoryBase } from './bases.ts'
import { completeDirectory, wantedOfBases } from './complete.ts'
import { rewriteArchive } from './rewrite-archive.ts'
import type { Delta } from './schema.ts'

const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const layer = (text: string): Buffer => Buffer.from(text.repeat(3000))

/** A tarball of blobs, and its parts as a recipe has them. */
function tarOf(blobs: readonly Buffer[]) {
  const pieces = blobs.flatMap((blob) => {
    const name = `blobs/sha256/${hexOf(blob)}`
    const head = tarHeader({ path: name, size: blob.length, mode: 0o644, type: 'file' })
    return [head, blob, Buffer.alloc(tarPadding(blob.length))]
  })
  return Buffer.concat([...pieces, TAR_END])
}

function partsOf(blobs: readonly Buffer[]): Delta['files'][number]['source'] {
  return [
    ...blobs.flatMap((blob) => [
      {
        bytes: Buffer.from(
          tarHeader({ path: `blobs/sha256/${hexOf(blob)}`, size: blob.length, mode: 0o644, type: 'file' }),
        ).toString('base64'),
      },
      { blob: hexOf(blob), size: blob.length },
      { bytes: Buffer.alloc(tarPadding(blob.length)).toString('base64') },
    ]),
    { bytes: Buffer.from(TAR_END).toString('base64') },
  ]
}

interface Release {
  readonly version: string
  readonly files: ReadonlyMap<string, Buffer>
}

const [shared, old, fresh] = [layer('shared'), layer('old'), layer('fresh')]
const older: Release = {
  version: '1.0.0',
  files: new Map([
    ['bin/helm', Buffer.from('helm')],
    ['images/app.tar', tarOf([shared, old])],
  ]),
}
const newer: Release = {
  version: '2.0.0',
  files: new Map([
    ['bin/helm', Buffer.from('helm')],
    ['images/app.tar', tarOf([shared, fresh])],
    ['new.txt', Buffer.from('new')],
  ]),
}

/** What the newer archive's manifest vouches for of its own packing. */
let packed = sampleManifest.packed
beforeAll(async () => {
  const out = path.join(await mkdtemp(path.join(tmpdir(), 'edgelift-packed-')), 'a.tar.gz')
  packed = await writeArchive(newer, out, new Map())
  await rm(path.dirname(out), { recursive: true })
})

function manifestOf({ version, files }: Release): Buffer {
  const manifest: BundleManifest = {
    ...sampleManifest,
    packed,
    name: `site-${version}`,
    release: { name: 'site', version },
    files: [...files].map(([name, bytes]) => sampleFile(name, bytes)),
    images: [
      {
        reference: 'r/app:1',
        digest: 'sha256:0',
        platform: 'linux/amd64',
        file: 'images/app.tar',
        blobs: [],
        neededBy: [],
      },
    ],
  }
  return formatManifest(manifest)
}

function recordsOf(release: Release): Map<string, Buffer> {
  const manifest = manifestOf(release)
  const sums = new Map([...release.files].map(([name, bytes]) => [name, hexOf(bytes)]))
  return new Map([
    ['manifest.json', manifest],
    ['SHA256SUMS', Buffer.from(formatSums(new Map([...sums, ['manifest.json', hexOf(manifest)]])))],
  ])
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-delta-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function lay(name: string, files: Iterable<readonly [string, Buffer]>): Promise<string> {
  for (const [file, bytes] of files) {
    await mkdir(path.dirname(path.join(folder, name, file)), { recursive: true })
    await writeFile(path.join(folder, name, file), bytes)
  }
  return path.join(folder, name)
}

async function archiveOf(release: Release): Promise<string> {
  const out = path.join(folder, `site-${release.version}.tar.gz`)
  await writeArchive(release, out, recordsOf(release))
  return out
}

async function writeArchive(
  release: Release,
  out: string,
  records: Iterable<readonly [string, Buffer]>,
): Promise<BundleManifest['packed']> {
  const writer = await archiveWriter({ out, top: `site-${release.version}` })
  const write = (name: string, bytes: Buffer, compress: boolean) =>
    writer.file({ path: name, mode: '0644', size: bytes.length, compress }, [bytes])
  for (const [name, bytes] of release.files) await write(name, bytes, true)
  const sealed = await writer.seal()
  for (const [name, bytes] of records) await write(name, bytes, false)
  await writer.finish()
  return sealed
}

const FILES: Delta['files'] = [
  { path: 'bin/helm', pack: 'deflated', source: 'base' },
  { path: 'images/app.tar', pack: 'deflated', source: partsOf([shared, fresh]) },
  { path: 'new.txt', pack: 'deflated', source: 'delta' },
]

type Source = Delta['files'][number]['source']
const twice = (source: Source): Source => (Array.isArray(source) ? [...source, ...source] : source)
const grown = (source: Source): Source =>
  Array.isArray(source)
    ? source.map((part) => ('blob' in part ? { ...part, size: Number.MAX_SAFE_INTEGER } : part))
    : source

async function layDelta(changes: Partial<Delta> = {}): Promise<string> {
  const recipe: Delta = {
    format: 'edgelift/delta/v1',
    name: 'site-2.0.0',
    base: { name: 'site', version: '1.0.0' },
    files: FILES,
    ...changes,
  }
  return lay('delta', [
    ['delta.json', Buffer.from(JSON.stringify(recipe))],
    ['files/new.txt', Buffer.from('new')],
    [`blobs/sha256/${hexOf(fresh)}`, fresh],
    ...recordsOf(newer),
  ])
}

const options = { report: () => {}, signal: new AbortController().signal }
const layOlder = () => lay('site-1.0.0', [...older.files, ...recordsOf(older)])

describe('completeDirectory', () => {
  it('gives the directory of the full archive, byte for byte, and the archive itself', async () => {
    const delta = await layDelta()
    const bases = [await directoryBase(await layOlder())]
    const { directory, carried } = await completeDirectory({ ...options, delta, bases, into: folder })
    for (const [name, bytes] of [...newer.files, ...recordsOf(newer)])
      expect(await readFile(path.join(directory, name))).toEqual(bytes)
    expect(carried).toBe(fresh.length + 3)
    const recipe: Delta = JSON.parse(await readFile(path.join(delta, 'delta.json'), 'utf8'))
    const again = path.join(folder, 'again.tar.gz')
    await rewriteArchive(directory, recipe, again, options.signal)
    expect(await readFile(again)).toEqual(await readFile(await archiveOf(newer)))
  })

  it.each(['delta.json', 'manifest.json', 'SHA256SUMS'])(
    'waits for no pipe in the place of %s',
    async (name) => {
      const delta = await layDelta()
      await rm(path.join(delta, name))
      execFileSync('mkfifo', [path.join(delta, name)])
      const bases = [await directoryBase(await layOlder())]
      await expect(completeDirectory({ ...options, delta, bases, into: folder })).rejects.toMatchObject({
        code: 'FILE_NOT_REGULAR',
      })
    },
  )

  it('says of a full archive that it is no delta', async () => {
    const attempt = completeDirectory({ ...options, delta: await layOlder(), bases: [], into: folder })
    await expect(attempt).rejects.toMatchObject({
      code: 'DELTA_INVALID',
      because: { en: 'it has no delta.json' },
    })
  })

  it("waits for no pipe in the place of a base's manifest", async () => {
    const base = await layOlder()
    await rm(path.join(base, 'manifest.json'))
    execFileSync('mkfifo', [path.join(base, 'manifest.json')])
    await expect(directoryBase(base)).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
  })

  it('takes an archive as its base, and what a content store holds', async () => {
    const delta = await layDelta()
    const scratch = path.join(folder, 'scratch')
    const wanted = await wantedOfBases(delta)
    expect(wanted).toEqual(
      new Map([
        [hexOf(Buffer.from('helm')), 4],
        [hexOf(shared), shared.length],
      ]),
    )
    const base = await archiveBase(await archiveOf(older), { ...options, scratch, wanted })
    expect((await readdir(scratch)).sort()).toEqual([...wanted.keys()].sort())
    expect(
      (await completeDirectory({ ...options, delta, bases: [base], into: path.join(folder, 'a') })).reused,
    ).toBeGreaterThan(0)
    const store = await lay('content', [
      [`blobs/sha256/${hexOf(shared)}`, shared],
      [`blobs/sha256/${hexOf(Buffer.from('helm'))}`, Buffer.from('helm')],
    ])
    const completed = await completeDirectory({
      ...options,
      delta,
      bases: [contentStoreBase(store)],
      into: path.join(folder, 'b'),
    })
    expect(await readdir(completed.directory)).toContain('SHA256SUMS')
  })

  it('goes on with what an interrupted run has left, and mends what of it is damaged', async () => {
    const delta = await layDelta()
    const bases = [await directoryBase(await layOlder())]
    const partial = await lay('site-2.0.0.partial', [
      ['bin/helm', Buffer.from('helm')],
      ['images/app.tar', Buffer.from('cut')],
    ])
    const { ino } = await stat(path.join(partial, 'bin/helm'))
    const { directory } = await completeDirectory({ ...options, delta, bases, into: folder })
    expect((await stat(path.join(directory, 'bin/helm'))).ino).toBe(ino)
    expect(await readFile(path.join(directory, 'images/app.tar'))).toEqual(newer.files.get('images/app.tar'))
  })

  it('follows no link in the place of what an interrupted run leaves', async () => {
    const delta = await layDelta()
    const bases = [await directoryBase(await layOlder())]
    const victim = await lay('victim', [['kept', Buffer.from('kept')]])
    for (const name of ['site-2.0.0.partial', 'scratch']) await symlink(victim, path.join(folder, name))
    await expect(completeDirectory({ ...options, delta, bases, into: folder })).rejects.toMatchObject({
      code: 'FOLDER_UNSAFE',
    })
    const base = archiveBase(await archiveOf(older), {
      ...{ ...options, scratch: path.join(folder, 'scratch'), wanted: new Map() },
    })
    await expect(base).rejects.toMatchObject({ code: 'FOLDER_UNSAFE' })
    expect(await readdir(victim)).toEqual(['kept'])
  })

  it('has every file on the disk before its directory has its name: the next run takes that for complete', async () => {
    const handle = await open('/dev/null')
    const synced = new Set<string>()
    const sync = vi.spyOn(Object.getPrototypeOf(handle), 'sync').mockImplementation(async function (
      this: FileHandle,
    ) {
      const name = path.basename(readlinkSync(`/proc/self/fd/${this.fd}`))
      synced.add(name.replace(/^\.edgelift-(.*)-[0-9a-f]{12}$/, '$1'))
    })
    try {
      const bases = [await directoryBase(await layOlder())]
      await completeDirectory({ ...options, delta: await layDelta(), bases, into: folder })
    } finally {
      sync.mockRestore()
      await handle.close()
    }
    const files = [...newer.files.keys(), ...recordsOf(newer).keys()].map((name) => path.basename(name))
    expect(files.filter((name) => !synced.has(name))).toEqual([])
  })

  it('names what a wrong base lacks, and which base is needed', async () => {
    const bases = [contentStoreBase(path.join(folder, 'empty'))]
    const attempt = completeDirectory({ ...options, delta: await layDelta(), bases, into: folder })
    await expect(attempt).rejects.toMatchObject({
      code: 'DELTA_BASE_MISSING',
      because: { en: expect.stringContaining('bin/helm') },
      fix: { en: expect.stringContaining('site 1.0.0') },
    })
    expect(await readdir(folder)).not.toContain('site-2.0.0')
  })

  it('refuses damaged content of a base, a damaged delta, and a directory that is there', async () => {
    const delta = await layDelta()
    const base = await layOlder()
    const image = tarOf([shared, old])
    image[700] = (image[700] ?? 0) ^ 1
    await writeFile(path.join(base, 'images/app.tar'), image)
    const run = async () =>
      completeDirectory({ ...options, delta, bases: [await directoryBase(base)], into: folder })
    await expect(run()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
    await writeFile(path.join(base, 'images/app.tar'), tarOf([shared, old]))
    await writeFile(path.join(delta, 'files/new.txt'), 'mew')
    await expect(run()).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' })
    await writeFile(path.join(delta, 'files/new.txt'), 'new')
    await run()
    await expect(run()).rejects.toMatchObject({ code: 'DELTA_DONE' })
  })

  it.each<[string, Partial<Delta>, string]>([
    [
      'the name of another archive',
      { name: 'site-3.0.0' },
      'name: "site-3.0.0", but its manifest has "site-2.0.0"',
    ],
    [
      'a file that the manifest does not have',
      { files: [...FILES, { path: 'x', pack: 'stored', source: 'base' }] },
      'files.3.path: "x", but its manifest has no such file',
    ],
    [
      'a file twice',
      { files: [...FILES.slice(0, 1), ...FILES] },
      'files.1.path: "bin/helm", but its manifest has',
    ],
    ['a file fewer', { files: FILES.slice(0, 2) }, 'files: new.txt of its manifest is missing'],
    [
      'more bytes than the file has',
      { files: FILES.map((file) => ({ ...file, source: twice(file.source) })) },
      'files.1.source: 71680 bytes, but images/app.tar has 35840',
    ],
    [
      'a size without end',
      { files: FILES.map((file) => ({ ...file, source: grown(file.source) })) },
      'files.1.source: 18014398',
    ],
  ])('writes nothing for a recipe with %s, and goes on with the right one', async (_what, changes, words) => {
    const bases = [await directoryBase(await layOlder())]
    const run = async () =>
      completeDirectory({
        ...options,
        delta: path.join(folder, 'delta'),
        bases,
        into: path.join(folder, 'into'),
      })
    await layDelta(changes)
    await mkdir(path.join(folder, 'into'))
    await expect(run()).rejects.toMatchObject({
      code: 'DELTA_INVALID',
      what: { en: `cannot read ${path.join(folder, 'delta/delta.json')}` },
      because: { en: expect.stringContaining(words) },
      fix: { en: expect.stringContaining('copy the delta archive again') },
    })
    expect(await readdir(path.join(folder, 'into'))).toEqual([])
    await layDelta()
    await run()
    expect(await readdir(path.join(folder, 'into'))).toEqual(['site-2.0.0'])
  })

  it('names a file of the delta that is cut off', async () => {
    const delta = await layDelta()
    const bases = [await directoryBase(await layOlder())]
    await writeFile(path.join(delta, 'files/new.txt'), 'ne')
    await expect(completeDirectory({ ...options, delta, bases, into: folder })).rejects.toMatchObject({
      code: 'DELTA_INVALID',
      what: { en: `cannot read ${path.join(delta, 'files/new.txt')}` },
      because: { en: 'expected 3 bytes, got 2' },
    })
  })

  it('does not read content of a base that has another size, and takes it from the next base', async () => {
    const delta = await layDelta()
    const base = await layOlder()
    await truncate(path.join(base, 'bin/helm'), 2 ** 42)
    const run = (bases: readonly Base[]) => completeDirectory({ ...options, delta, bases, into: folder })
    await expect(run([await directoryBase(base)])).rejects.toMatchObject({
      code: 'DELTA_BASE_MISSING',
      because: { en: expect.stringContaining('bin/helm') },
    })
    const second = await lay('second', [[`blobs/sha256/${hexOf(Buffer.from('helm'))}`, Buffer.from('helm')]])
    const { directory } = await run([await directoryBase(base), contentStoreBase(second)])
    expect(await readFile(path.join(directory, 'bin/helm'), 'utf8')).toBe('helm')
  })

  it.each<[string, (file: string) => Promise<unknown>]>([
    ['a pipe', async (file) => execFileSync('mkfifo', [file])],
    ['a link to an endless device', (file) => symlink('/dev/zero', file)],
    ['a link to itself', (file) => symlink(path.basename(file), file)],
    ['a directory', (file) => mkdir(file)],
  ])('ends with what the base lacks where %s lies in it', async (_what, put) => {
    const delta = await layDelta()
    const base = await layOlder()
    await rm(path.join(base, 'bin/helm'))
    await put(path.join(base, 'bin/helm'))
    const bases = [await directoryBase(base)]
    await expect(completeDirectory({ ...options, delta, bases, into: folder })).rejects.toMatchObject({
      code: 'DELTA_BASE_MISSING',
    })
  })

  it.each<[string, (base: string) => Promise<unknown>]>([
    ['a damaged file', (base) => writeFile(path.join(base, 'bin/helm'), 'hell')],
    [
      'a damaged image',
      async (base) => {
        const file = path.join(base, 'images/app.tar')
        const bytes = await readFile(file)
        bytes.write('x', bytes.indexOf(shared) + 5)
        await writeFile(file, bytes)
      },
    ],
  ])('takes from the next base what is not whole in the first: %s', async (_what, damage) => {
    const delta = await layDelta()
    const base = await layOlder()
    const copy = path.join(folder, 'copy')
    await cp(base, copy, { recursive: true })
    await damage(base)
    const bases = await Promise.all([base, copy].map(directoryBase))
    const { directory } = await completeDirectory({ ...options, delta, bases, into: folder })
    for (const [name, bytes] of newer.files)
      expect((await readFile(path.join(directory, name))).equals(bytes)).toBe(true)
  })

  it.each<[string, (file: string) => Promise<unknown>, string]>([
    ['is written to', (file) => writeFile(file, 'hell'), 'DIGEST_MISMATCH'],
    ['is cut off', (file) => truncate(file, 1), 'SIZE_MISMATCH'],
    [
      'becomes a pipe',
      async (file) => {
        await rm(file)
        execFileSync('mkfifo', [file])
      },
      'FILE_NOT_REGULAR',
    ],
  ])(
    'says of a base that %s meanwhile what helps, and goes on once it is right',
    async (_what, change, code) => {
      const delta = await layDelta()
      const file = path.join(await layOlder(), 'bin/helm')
      const found = await directoryBase(path.join(folder, 'site-1.0.0'))
      const changing: Base = {
        label: found.label,
        async find(hex) {
          const place = await found.find(hex)
          if (place?.file === file) await change(file)
          return place
        },
      }
      const error = await completeDirectory({ ...options, delta, bases: [changing], into: folder }).catch(
        (one) => one,
      )
      expect(error).toMatchObject({ code, what: { en: expect.stringContaining(file) } })
      if (code !== 'FILE_NOT_REGULAR') expect(error.fix.en).toContain('give --base another copy')
      await rm(file)
      await writeFile(file, 'helm')
      await completeDirectory({ ...options, delta, bases: [found], into: folder })
    },
  )

  it('removes what a killed run or another delta has left in the unfinished directory', async () => {
    const delta = await layDelta()
    const bases = [await directoryBase(await layOlder())]
    const partial = await lay('site-2.0.0.partial', [
      ['images/.edgelift-app.tar-0123456789ab', Buffer.from('cut')],
      ['gone/old.txt', Buffer.from('old')],
      ['new.txt/in-the-way', Buffer.from('x')],
    ])
    const victim = await lay('victim', [['helm', Buffer.from('kept')]])
    await symlink(victim, path.join(partial, 'bin'))
    const { directory } = await completeDirectory({ ...options, delta, bases, into: folder })
    expect((await readdir(directory)).sort()).toEqual([
      'SHA256SUMS',
      'bin',
      'images',
      'manifest.json',
      'new.txt',
    ])
    expect(await readFile(path.join(victim, 'helm'), 'utf8')).toBe('kept')
  })

  it('leaves nothing of a result that is not what its sums say, and goes on with sound ones', async () => {
    const delta = await layDelta()
    const bases = [await directoryBase(await layOlder())]
    const sums = path.join(delta, 'SHA256SUMS')
    const sound = await readFile(sums, 'utf8')
    await writeFile(sums, sound.replace(/^[0-9a-f]{8}/, '00000000'))
    const run = () => completeDirectory({ ...options, delta, bases, into: folder })
    await expect(run()).rejects.toMatchObject({ exit: 4 })
    expect((await readdir(folder)).sort()).toEqual(['delta', 'site-1.0.0'])
    await writeFile(sums, sound)
    await run()
  })

  it('refuses a recipe whose paths leave the directory', async () => {
    const delta = await layDelta({ files: [{ path: '../x', pack: 'stored', source: 'delta' }] })
    await expect(completeDirectory({ ...options, delta, bases: [], into: folder })).rejects.toMatchObject({
      code: 'DELTA_INVALID',
    })
  })
})
