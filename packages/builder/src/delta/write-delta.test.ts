import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import {
  archiveWriter,
  completeDirectory,
  directoryBase,
  newKey,
  readArchive,
  readDelta,
  rewriteArchive,
  type SecretKey,
  verifyArchive,
  verifyDirectory,
} from '@edgelift/bundle'
import { digestOf, hexOf, silent } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeArchive } from '../assemble/write-archive.ts'
import { LockedImage } from '../lock/schema.ts'
import type { ArchivePlan, PlanEntry } from '../plan/archive-plan.ts'
import { sampleInstaller } from '../testing/sample.ts'
import { olderArchives } from './older.ts'
import { writeDelta } from './write-delta.ts'

const { signal } = new AbortController()
const OCI = 'application/vnd.oci.image'
/** Contents of 1 MiB and more are packed by themselves. */
const BIG = randomBytes(1024 * 1024 + 1)

let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-delta-'))
  store = await openStore(path.join(folder, 'store'))
})
afterEach(() => rm(folder, { recursive: true }))

async function blobOf(content: string | Buffer, mediaType: string) {
  const bytes = Buffer.from(content)
  return { mediaType, digest: await store.putBytes(bytes), size: bytes.length }
}

/** An image of two layers, one of which all versions share. */
async function imageOf(layer: string) {
  const layers = [
    await blobOf('the shared layer', `${OCI}.layer.v1.tar+gzip`),
    await blobOf(layer, `${OCI}.layer.v1.tar+gzip`),
  ]
  const rootfs = { type: 'layers', diff_ids: [digestOf('a'), digestOf(layer)] }
  const config = await blobOf(
    JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs }),
    `${OCI}.config.v1+json`,
  )
  const mediaType = `${OCI}.manifest.v1+json`
  const manifest = await blobOf(JSON.stringify({ schemaVersion: 2, mediaType, config, layers }), mediaType)
  return LockedImage.parse({
    reference: 'docker.io/site/app:1',
    platform: 'linux/amd64',
    roles: ['edge'],
    manifest,
    config,
    layers,
    neededBy: [],
    files: [],
    packed: true,
  })
}

interface Contents {
  readonly version: string
  readonly layer: string
  readonly tool: string
  readonly more?: readonly string[]
}

async function planOf({ version, layer, tool, more = [] }: Contents): Promise<ArchivePlan> {
  const entry = (name: string, content: PlanEntry['content']): PlanEntry => ({
    path: name,
    mode: '0644',
    compress: content.kind !== 'image',
    origin: { kind: 'edgelift', version: '0' },
    neededBy: [],
    content,
  })
  const stored = async (bytes: Buffer) => ({
    kind: 'blob' as const,
    digest: await store.putBytes(bytes),
    size: bytes.length,
  })
  const image = await imageOf(layer)
  return {
    name: `site-edge-${version}-amd64`,
    role: 'edge',
    platform: 'linux/amd64',
    release: { name: 'site', version },
    lock: digestOf(version),
    versions: {},
    entries: [
      entry('README.txt', { kind: 'bytes', bytes: Buffer.from(`of ${version}`) }),
      entry('big', await stored(BIG)),
      entry('images/app.tar', { kind: 'image', image }),
      ...(await Promise.all(more.map(async (name) => entry(name, await stored(Buffer.from(name)))))),
      entry('tool', await stored(Buffer.from(tool))),
    ],
    images: [
      {
        reference: image.reference,
        platform: 'linux/amd64',
        file: 'images/app.tar',
        digest: image.manifest.digest,
        blobs: [image.config, ...image.layers].map(({ digest }) => digest),
        neededBy: [],
      },
    ],
    charts: [],
    options: [],
    settings: { sandboxImage: '', testImage: '', k3sDisable: [] },
    placeholders: [],
  }
}

async function written(contents: Contents, key?: SecretKey) {
  const plan = await planOf(contents)
  const signed = key === undefined ? {} : { key, signing: { now: 0 } }
  const archive = await writeArchive(plan, { store, out: folder, report: silent, signal, ...signed })
  return { plan, archive }
}

function unpack(file: string): string {
  execFileSync('tar', ['-xzf', file, '-C', folder])
  return path.join(folder, path.basename(file, '.tar.gz'))
}

async function deltaOf(old: Contents, young: Contents, key?: SecretKey) {
  const before = await written(old)
  const { plan, archive } = await written(young, key)
  const older = (await olderArchives(before.archive.file, silent)).find('edge', 'linux/amd64')
  if (older === undefined) throw new Error('the older archive is of this role')
  const options = { plan, archive, older, installer: sampleInstaller, store, out: folder, signal }
  const signed = key === undefined ? {} : { key, signing: { now: 0 } }
  return { before, archive, delta: await writeDelta({ ...options, ...signed }) }
}

const OLD: Contents = { version: '1.0.0', layer: 'the old layer', tool: 'same tool' }
const YOUNG: Contents = { version: '2.0.0', layer: 'the new layer', tool: 'same tool', more: ['new-file'] }

describe('a delta archive', () => {
  it('completes the older archive to the new one, which can be packed again to the byte', async () => {
    const { before, archive, delta } = await deltaOf(OLD, YOUNG)
    const base = unpack(before.archive.file)
    const place = unpack(delta.file)
    const into = path.join(folder, 'completed')
    await mkdir(into)
    const recipe = await readDelta(place)
    const { directory } = await completeDirectory({
      delta: place,
      bases: [await directoryBase(base)],
      into,
      report: silent,
      signal,
    })
    const again = path.join(folder, 'again.tar.gz')
    await rewriteArchive(directory, recipe, again, signal)
    expect(
      createHash('sha256')
        .update(await readFile(again))
        .digest('hex'),
    ).toBe(archive.sha256)
  })

  it('carries what the older one lacks, and nothing that it has', async () => {
    const { delta } = await deltaOf(OLD, YOUNG)
    const place = unpack(delta.file)
    expect((await readdir(path.join(place, 'files'))).sort()).toEqual(['README.txt', 'new-file'])
    const blobs = await readdir(path.join(place, 'blobs/sha256'))
    expect(blobs).toContain(hexOf(digestOf('the new layer')))
    expect(blobs).not.toContain(hexOf(digestOf('the shared layer')))
    expect(delta.size).toBeLessThan(BIG.length / 2)
  })

  it('is named after both versions, with its checksum beside it', async () => {
    const { delta } = await deltaOf(OLD, YOUNG)
    expect(path.basename(delta.file)).toBe('site-edge-2.0.0-amd64.from-1.0.0.delta.tar.gz')
    const hash = createHash('sha256')
      .update(await readFile(delta.file))
      .digest('hex')
    expect(await readFile(`${delta.file}.sha256`, 'utf8')).toBe(`${hash}  ${path.basename(delta.file)}\n`)
  })

  it('leaves nothing behind when it is interrupted', async () => {
    const { plan, archive } = await written(YOUNG)
    const older = { name: 'site', version: '1.0.0', contents: new Set<string>() }
    const options = { plan, archive, older, installer: sampleInstaller, store, out: folder }
    await expect(writeDelta({ ...options, signal: AbortSignal.abort() })).rejects.toThrow()
    expect((await readdir(folder)).filter((name) => name.includes('delta'))).toEqual([])
  })
})

const problemsOf = async (file: string, publicKey?: SecretKey) => {
  const { problems } = await verifyArchive(file, { deltas: true, ...(publicKey && { publicKey }) })
  return problems.map(({ code, what }) => `${code} ${what.en}`)
}

/** The delta with one of its files changed, left out or added; nothing beside it. */
async function forged(file: string, name: string, change: (content: Buffer) => Buffer | undefined) {
  const { files } = await readArchive(file, { keep: () => true })
  const top = path.basename(file, '.tar.gz')
  const out = path.join(folder, 'forged.tar.gz')
  const writer = await archiveWriter({ out, top })
  const all = new Map(files.map((one) => [one.path.slice(top.length + 1), one]))
  for (const inside of all.has(name) ? all.keys() : [...all.keys(), name]) {
    const content = Buffer.from(all.get(inside)?.content ?? [])
    const bytes = inside === name ? change(content) : content
    if (bytes === undefined) continue
    const mode = all.get(inside)?.mode ?? '0644'
    await writer.file({ path: inside, mode, size: bytes.length, compress: true }, [bytes])
  }
  await writer.finish()
  return out
}

describe('a delta archive that is verified', () => {
  it('is sound by itself, and no full archive', async () => {
    const { delta } = await deltaOf(OLD, YOUNG)
    const verified = await verifyArchive(delta.file, { deltas: true })
    expect(verified).toMatchObject({
      problems: [],
      delta: { name: 'site', version: '1.0.0' },
      besideChecked: [`${path.basename(delta.file)}.sha256`],
    })
    const refused = { code: 'NOT_A_BUNDLE', what: { en: expect.stringContaining('is a delta') } }
    await expect(verifyArchive(delta.file)).rejects.toMatchObject(refused)
    await expect(verifyDirectory(unpack(delta.file))).rejects.toMatchObject(refused)
  })

  it.each<[string, (content: Buffer) => Buffer | undefined, string]>([
    ['files/new-file', () => Buffer.from('mew-file'), 'FILE_DAMAGED files/new-file'],
    ['files/new-file', () => undefined, 'FILE_MISSING files/new-file'],
    ['files/more', () => Buffer.from('more'), 'FILE_FOREIGN files/more'],
    ['blobs/sha256/0', () => Buffer.from('more'), 'FILE_FOREIGN blobs/sha256/0'],
    ['edgelift', () => undefined, 'FILE_MISSING edgelift'],
    [
      'manifest.json',
      (content) => Buffer.from(String(content).replace('"0"', '"1"')),
      'FILE_DAMAGED manifest',
    ],
  ])('tells what is wrong with it: %s', async (name, change, problem) => {
    const { delta } = await deltaOf(OLD, YOUNG)
    expect(await problemsOf(await forged(delta.file, name, change))).toEqual([
      expect.stringContaining(problem),
    ])
  })

  it('is damaged by a bit of its launcher, which no record inside of it lists', async () => {
    const { delta } = await deltaOf(OLD, YOUNG)
    await rm(`${delta.file}.sha256`)
    const bytes = await readFile(delta.file)
    const crc = bytes.indexOf(Buffer.from([0x1f, 0x8b]), 2) - 8
    bytes[crc] = (bytes[crc] ?? 0) ^ 1
    await writeFile(delta.file, bytes)
    expect(await problemsOf(delta.file)).toEqual([expect.stringContaining('ARCHIVE_DAMAGED')])
  })

  it('needs a signature of its own: the one inside of it covers no launcher', async () => {
    const key = newKey()
    const { delta } = await deltaOf(OLD, YOUNG, key)
    expect(await problemsOf(delta.file, key)).toEqual([])
    const other = await forged(delta.file, 'edgelift', () => Buffer.from('#!/bin/sh\nanother\n'))
    expect(await problemsOf(other, key)).toEqual([
      expect.stringContaining(`SIGNATURE_MISSING ${other}.minisig`),
    ])
    await writeFile(`${other}.minisig`, await readFile(`${delta.file}.minisig`))
    expect(await problemsOf(other, key)).toEqual([expect.stringContaining(`SIGNATURE_INVALID`)])
  })

  it('has no signature of an earlier one beside it', async () => {
    await deltaOf(OLD, YOUNG, newKey())
    const { delta } = await deltaOf(OLD, YOUNG)
    expect(await readdir(folder)).not.toContain(`${path.basename(delta.file)}.minisig`)
  })
})
