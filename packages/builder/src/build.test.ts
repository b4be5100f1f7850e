import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { newKey, verifyArchive } from '@edgelift/bundle'
import { digestOf, type Report, silent, type WorkEvent } from '@edgelift/core'
import { openStore, type Store } from '@edgelift/oci'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type BuildOptions, build } from './build.ts'
import { olderArchives } from './delta/older.ts'
import { createLock } from './lock/create-lock.ts'
import type { Lock } from './lock/schema.ts'
import { sampleInstaller } from './testing/sample.ts'
import { openSite, type Site, siteRelease } from './testing/site.ts'
import { tarball } from './testing/upstream.ts'

const NAME = 'site-cloud.tar.gz'
const SOURCE = 'https://files.example/source.tar.gz'
const { files } = siteRelease()
const release = siteRelease({
  charts: {},
  files: {
    ...files,
    source: {
      ...{ roles: ['cloud'], mode: '0644', url: SOURCE, generatedSource: true },
      members: { 'source/crd.yaml': 'crds/crd.yaml' },
    },
  },
})
const CRD = 'kind: CustomResourceDefinition\n'
const sourceOf = async (crd: string) => gzipSync(await tarball({ 'source/crd.yaml': crd }))

let folder: string
let site: Site
let lock: Lock
let store: Store
/** A store that holds everything. */
let full: Store
const told: WorkEvent[] = []
const report: Report = (event) => void told.push(event)

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-build-'))
  site = await openSite()
  site.files.set('/source.tar.gz', await sourceOf(CRD))
  const locking = { release, subject: 'site.yaml', report: silent, previous: undefined }
  await using network = site.network()
  full = await openStore(at('full'))
  const made = await createLock({
    ...locking,
    ...network,
    store: full,
    exec: () => Promise.reject(new Error('no chart, no helm')),
    hostPlatform: undefined,
  })
  lock = made.lock
  await build({ ...options(), store: full, out: at('first') })
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  told.length = 0
  site.asked.length = 0
  site.files.set('/source.tar.gz', await sourceOf(CRD))
  store = await openStore(at('store'))
})
afterEach(() => Promise.all(['store', 'out'].map((name) => rm(at(name), { recursive: true, force: true }))))

const at = (...names: readonly string[]): string => path.join(folder, ...names)
const options = (changed: Partial<BuildOptions> = {}): BuildOptions => ({
  ...{ release, lock, installer: sampleInstaller, roles: ['cloud', 'edge'], out: at('out'), store, report },
  platforms: ['linux/amd64', 'linux/arm64'],
  network: site.network,
  program: digestOf('the builder'),
  signal: new AbortController().signal,
  ...changed,
})
const offline = (changed: Partial<BuildOptions> = {}) =>
  options({ store: full, network: undefined, ...changed })
const names = async (): Promise<string[]> => (await readdir(at('out')).catch(() => [])).sort()
const hashOf = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
/** Another content, of the same size, in the place of a blob. */
async function damage(where: Store, text: string): Promise<void> {
  const file = where.pathOf(digestOf(text))
  await rm(file)
  await writeFile(file, 'x'.repeat(text.length))
}
const phases = () => told.flatMap((event) => (event.type === 'phase' ? [event.id] : []))
const notes = () => told.flatMap((event) => (event.type === 'note' ? [event.text.en] : []))

describe('a build', () => {
  it('fetches what the lock names and writes an archive that verifies', async () => {
    const { archives, fetched } = await build(options())
    expect(archives).toMatchObject([
      { name: NAME, role: 'cloud', platform: 'linux/amd64', kept: false, signed: false, placeholders: [] },
    ])
    expect(fetched).toBeGreaterThan(0)
    expect(phases()).toEqual(['build-1', 'build-2'])
    const { problems, manifest } = await verifyArchive(at('out', NAME), {})
    expect(problems).toEqual([])
    expect(manifest.files.map((file) => file.path)).toEqual(
      expect.arrayContaining(['bin/helm', 'crds/crd.yaml', 'k3s-amd64', 'runtime/node']),
    )
    expect(manifest.images.map((image) => image.reference)).toEqual([
      'docker.io/rancher/mirrored-pause:3.6',
      'registry.example/site/app:1.0',
    ])
  })

  it('gives the same bytes from another store, in another folder, without network', async () => {
    await build(offline())
    expect(await hashOf(at('out', NAME))).toBe(await hashOf(at('first', NAME)))
    expect(site.asked).toEqual([])
    expect(phases()).toEqual(['build-2'])
  })

  it('keeps an archive of the same inputs, and writes one again that somebody has changed', async () => {
    await build(offline())
    told.length = 0
    expect(await build(offline())).toMatchObject({ archives: [{ kept: true }], fetched: 0 })
    expect(phases()).toEqual([])
    const sum = await hashOf(at('out', NAME))
    await writeFile(at('out', NAME), 'theirs')
    expect((await build(offline())).archives).toMatchObject([{ kept: false }])
    expect(await hashOf(at('out', NAME))).toBe(sum)
  })

  it('writes again what another builder has written', async () => {
    await build(offline())
    const other = await build(offline({ program: digestOf('another builder') }))
    expect(other.archives).toMatchObject([{ kept: false }])
  })

  it('signs a kept archive too', async () => {
    const key = newKey(Buffer.alloc(32, 1), Buffer.alloc(8, 1))
    await build(offline({ key }))
    await rm(at('out', `${NAME}.minisig`))
    expect((await build(offline({ key }))).archives).toMatchObject([{ kept: true, signed: true }])
    expect(await names()).toEqual([NAME, `${NAME}.minisig`, `${NAME}.sha256`])
    expect(await verifyArchive(at('out', NAME), { publicKey: key })).toMatchObject({ signature: 'valid' })
  })

  it('writes parts beside the archive', async () => {
    const { archives } = await build(offline({ split: 10_000 }))
    const [{ split } = {}] = archives
    expect(split?.parts.length).toBeGreaterThan(1)
    expect(await names()).toEqual(expect.arrayContaining([`${NAME}.part001`, `${NAME}.parts.sha256`]))
  })
})

describe('a build with --since', () => {
  const since = () => olderArchives(at('first', NAME), silent)

  it('writes a delta that carries less, beside the archive', async () => {
    const { archives } = await build(offline({ since: await since() }))
    const [{ size, delta } = { size: 0 }] = archives
    expect(delta).toMatchObject({ name: 'site-cloud.from-1.0.0.delta.tar.gz', from: '1.0.0' })
    expect(delta?.size).toBeLessThan(size)
    expect(await names()).toEqual(expect.arrayContaining([NAME, delta?.name]))
  })

  it('splits the delta alone where only deltas are wanted', async () => {
    const { archives } = await build(offline({ since: await since(), onlyDelta: true, split: 10_000 }))
    expect(archives[0]).not.toHaveProperty('split')
    expect(archives[0]?.delta?.split?.parts.length).toBeGreaterThan(0)
  })

  it('leaves no parts beside a delta that was split before and is not now', async () => {
    const { archives } = await build(offline({ since: await since(), split: 2_000 }))
    const delta = `${archives[0]?.delta?.name}`
    expect(await names()).toEqual(expect.arrayContaining([`${delta}.part001`, `${delta}.parts.sha256`]))
    await build(offline({ since: await since() }))
    expect((await names()).filter((name) => name.startsWith(delta))).toEqual([delta, `${delta}.sha256`])
  })

  it.each([
    ['the archive', [NAME], NAME],
    ['a part of it', ['site-cloud.tar.gz.part001', 'site-cloud.tar.gz.parts.sha256'], `${NAME}.part001`],
  ])('does not overwrite %s that it is compared with', async (_what, laid, given) => {
    await build(offline({ out: at('first'), split: 1_000_000 }))
    await mkdir(at('out'))
    for (const name of laid) await copyFile(at('first', name), at('out', name))
    const before = await hashOf(at('out', given))
    const changed = { since: await olderArchives(at('out', given), silent), onlyDelta: true }
    await expect(build(offline({ ...changed, program: digestOf('another') }))).rejects.toMatchObject({
      code: 'OUTPUT_IS_INPUT',
      what: { en: expect.stringContaining(at('out', given)) },
    })
    expect(await names()).toEqual(laid)
    expect(await hashOf(at('out', given))).toBe(before)
  })
})

describe('a store that turns out to be damaged', () => {
  it.each([
    ['the network', 'the k3s program', 'the k3s program'.length],
    ['the tarball that it was taken out of', 'the helm program', 0],
  ])('is healed from %s, and the archive is what it would have been', async (_what, text, bytes) => {
    await build(options())
    await rm(at('out'), { recursive: true })
    await damage(store, text)
    expect((await build(options())).fetched).toBe(bytes)
    expect(notes()).toContain('a damaged blob was removed from the store and is fetched again')
    expect(await hashOf(at('out', NAME))).toBe(await hashOf(at('first', NAME)))
  })

  it('stops an offline build, which leaves no archive', async () => {
    await build(options())
    await rm(at('out'), { recursive: true })
    await damage(store, 'the helm program')
    await expect(build(options({ network: undefined }))).rejects.toMatchObject({ code: 'PART_MISMATCH' })
    expect(await names()).toEqual([])
  })
})

describe('no archive is written', () => {
  it('of a role or platform that the release does not build', async () => {
    await expect(build(options({ roles: ['edge'] }))).rejects.toMatchObject({
      ...{ code: 'ARCHIVE_UNKNOWN', exit: 2 },
      what: { en: 'site 1.0.0 has no archive for edge linux/amd64,linux/arm64' },
      because: { en: 'it builds cloud linux/amd64', zh: '它构建 cloud linux/amd64' },
    })
  })

  it('offline, when the store lacks something: all of it is named', async () => {
    await expect(build(options({ network: undefined }))).rejects.toMatchObject({
      code: 'STORE_INCOMPLETE',
      because: {
        en: expect.stringMatching(/mirrored-pause:3\.6 .*\nfiles\.k3s .*\nfiles\.source .*\n.*app:1\.0/s),
      },
    })
    expect(site.asked).toEqual([])
    expect(await names()).toEqual([])
  })

  it.each([
    ['a file', (changed: string) => site.files.set('/k3s', changed), 'the k3s program', 'DIGEST_MISMATCH'],
    [
      'a file of a source that upstream regenerates',
      async (changed: string) => site.files.set('/source.tar.gz', await sourceOf(changed)),
      CRD,
      'PART_MISMATCH',
    ],
  ])('when upstream has changed %s', async (_what, publish, before, code) => {
    await publish(before.replace(/.$/m, '!'))
    const refused = await build(options()).catch((error: unknown) => error)
    await publish(before)
    expect(JSON.stringify(refused)).toContain(code)
    expect(await names()).toEqual([])
    expect(await readdir(path.join(store.root, 'incoming')).catch(() => [])).toEqual([])
  })

  it('where something else has the archive’s name, before anything is fetched', async () => {
    await mkdir(at('out', NAME), { recursive: true })
    await expect(build(options())).rejects.toMatchObject({ code: 'FILE_NOT_REGULAR' })
    expect(site.asked).toEqual([])
  })

  it('once it is told to stop', async () => {
    const stop = new AbortController()
    stop.abort(new Error('stopped'))
    await expect(build(offline({ signal: stop.signal }))).rejects.toThrow('stopped')
    expect(await names()).toEqual([])
  })
})
