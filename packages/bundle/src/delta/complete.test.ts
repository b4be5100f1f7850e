import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TAR_END, tarHeader, tarPadding } from '@edgelift/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { archiveWriter } from '../archive-writer.ts'
import { sampleFile, sampleManifest } from '../manifest.sample.ts'
import type { BundleManifest } from '../manifest.ts'
import { formatManifest } from '../read-manifest.ts'
import { formatSums } from '../sums.ts'
import { archiveBase, contentStoreBase, directoryBase } from './bases.ts'
import { completeDirectory } from './complete.ts'
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

function manifestOf({ version, files }: Release): Buffer {
  const manifest: BundleManifest = {
    ...sampleManifest,
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
  const writer = await archiveWriter({ out, top: `site-${release.version}` })
  const write = (name: string, bytes: Buffer, compress: boolean) =>
    writer.file({ path: name, mode: '0644', size: bytes.length, compress }, [bytes])
  for (const [name, bytes] of release.files) await write(name, bytes, true)
  await writer.seal()
  for (const [name, bytes] of recordsOf(release)) await write(name, bytes, false)
  await writer.finish()
  return out
}

async function layDelta(changes: Partial<Delta> = {}): Promise<string> {
  const recipe: Delta = {
    format: 'edgelift/delta/v1',
    name: 'site-2.0.0',
    base: { name: 'site', version: '1.0.0' },
    files: [
      { path: 'bin/helm', pack: 'deflated', source: 'base' },
      { path: 'images/app.tar', pack: 'deflated', source: partsOf([shared, fresh]) },
      { path: 'new.txt', pack: 'deflated', source: 'delta' },
    ],
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
    const base = await archiveBase(await archiveOf(older), path.join(folder, 'scratch'))
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
    const base = archiveBase(await archiveOf(older), path.join(folder, 'scratch'))
    await expect(base).rejects.toMatchObject({ code: 'FOLDER_UNSAFE' })
    expect(await readdir(victim)).toEqual(['kept'])
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

  it('refuses a recipe whose paths leave the directory', async () => {
    const delta = await layDelta({ files: [{ path: '../x', pack: 'stored', source: 'delta' }] })
    await expect(completeDirectory({ ...options, delta, bases: [], into: folder })).rejects.toMatchObject({
      code: 'DELTA_INVALID',
    })
  })
})
