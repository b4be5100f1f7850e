import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { completeDirectory, directoryBase, readDelta, rewriteArchive } from '@edgelift/bundle'
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

async function written(contents: Contents) {
  const plan = await planOf(contents)
  const archive = await writeArchive(plan, { store, out: folder, report: silent, signal })
  return { plan, archive }
}

function unpack(file: string): string {
  execFileSync('tar', ['-xzf', file, '-C', folder])
  return path.join(folder, path.basename(file, '.tar.gz'))
}

async function deltaOf(old: Contents, young: Contents) {
  const before = await written(old)
  const { plan, archive } = await written(young)
  const older = (await olderArchives(before.archive.file, silent)).find('edge', 'linux/amd64')
  if (older === undefined) throw new Error('the older archive is of this role')
  const options = { plan, archive, older, installer: sampleInstaller, store, out: folder, signal }
  return { before, archive, delta: await writeDelta(options) }
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
