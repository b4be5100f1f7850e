import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { readPublicKey, verifyArchive } from '@edgelift/bundle'
import { silent } from '@edgelift/core'
import { type CommandContext, paintFor } from '@edgelift/core/cli'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { sampleInstaller } from '../../testing/sample.ts'
import { laySite, openSite, type Site } from '../../testing/site.ts'
import { buildCommand } from './build.ts'
import { keygenCommand } from './keygen.ts'
import { lockCommand } from './lock.ts'

const NAME = 'site-cloud.tar.gz'
const DELTA = 'site-cloud.from-1.0.0.delta.tar.gz'
const plain = paintFor({ write: () => {} }, {})

let folder: string
let site: Site
let files: { release: string; config: string }
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-build-command-'))
  site = await openSite()
  files = await laySite(site, folder)
  await lockCommand(folder)({ ...files, store: at('store') }, context())
})
afterAll(async () => {
  await site[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})
afterEach(() => rm(at('out'), { recursive: true, force: true }))

const at = (name: string): string => path.join(folder, name)
const context = () =>
  ({
    ...{ env: { HOME: folder, SOURCE_DATE_EPOCH: '1700000000' }, report: silent },
    signal: new AbortController().signal,
  }) as unknown as CommandContext
const build = (more: Record<string, unknown> = {}, from = buildCommand(folder, () => sampleInstaller)) =>
  from({ ...files, store: at('store'), out: at('out'), ...more }, context())
const names = async () => (await readdir(at('out')).catch(() => [])).sort()

it('builds every role and platform of the release, and says where the archives are', async () => {
  const { document, text } = await build()
  expect(document).toMatchObject({
    release: files.release,
    lock: expect.stringMatching(/^sha256:/),
    archives: [{ file: at(`out/${NAME}`), role: 'cloud', platform: 'linux/amd64', kept: false }],
  })
  expect(text('en', plain).split('\n').at(-1)).toContain(`the archives are in ${at('out')}`)
  expect((await build()).document).toMatchObject({ archives: [{ kept: true }], fetched: 0 })
})

it('keeps the deltas alone with --only-delta, and lists nothing else', async () => {
  await build({ out: at('older') })
  const since = at(`older/${NAME}`)
  const { text } = await build({ since, 'only-delta': true, split: '10KB' })
  expect((await names()).filter((name) => name.startsWith('site-cloud.tar.gz'))).toEqual([])
  expect(await names()).toEqual(expect.arrayContaining([DELTA, `${DELTA}.part001`, `${DELTA}.sha256`]))
  expect(text('en', plain)).toContain(DELTA)
  expect(text('en', plain)).not.toContain(NAME)
})

it('signs with the key, at the time of SOURCE_DATE_EPOCH', async () => {
  await keygenCommand({ file: at('site.key') }, {} as CommandContext)
  const { document } = await build({ sign: at('site.key') })
  expect(document).toMatchObject({ archives: [{ signed: true }] })
  const publicKey = await readPublicKey(at('site.key.pub'))
  const { signature } = await verifyArchive(at(`out/${NAME}`), { publicKey })
  expect(signature).toBe('valid')
  expect(await readFile(at(`out/${NAME}.minisig`), 'utf8')).toContain('timestamp:1700000000')
})

it.each([
  ['a release without a lock', { release: 'other.yaml' }, 'LOCK_MISSING'],
  ['a file in the place of the folder', { out: 'other.yaml' }, 'ENOTDIR'],
  ['a key that is not there', { sign: 'gone.key' }, 'ENOENT'],
  ['an older archive that is not there', { since: 'gone.tar.gz' }, 'NOT_A_BUNDLE'],
  ['a role that the release has not', { role: 'edge' }, 'ARCHIVE_UNKNOWN'],
])('asks nothing of upstream for %s', async (_what, more, code) => {
  await writeFile(
    at('other.yaml'),
    '{"format": "edgelift/release/v1", "extends": "./site.yaml", "name": "other"}',
  )
  site.asked.length = 0
  const named = Object.entries(more).map(([key, name]) => [key, key === 'role' ? name : at(name)])
  await expect(build({ store: at('empty'), ...Object.fromEntries(named) })).rejects.toMatchObject({ code })
  expect(site.asked).toEqual([])
})

it('asks nothing of upstream with --offline, and names what the store lacks', async () => {
  site.asked.length = 0
  await expect(build({ store: at('empty'), offline: true })).rejects.toMatchObject({
    ...{ code: 'STORE_INCOMPLETE', because: { en: expect.stringContaining('files.k3s') } },
  })
  expect(site.asked).toEqual([])
  expect(await names()).toEqual([])
})

it('says what to do when the builder runs from source, which carries no installer', async () => {
  await expect(build({}, buildCommand(folder))).rejects.toMatchObject({
    code: 'INSTALLER_MISSING',
    fix: { en: expect.stringContaining('pnpm bundle'), zh: expect.stringContaining('pnpm bundle') },
  })
})
