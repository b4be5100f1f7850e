import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { digestOf, silent } from '@edgelift/core'
import { type CommandContext, paintFor } from '@edgelift/core/cli'
import { openStore, type Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { sampleInstaller } from '../../testing/sample.ts'
import { laySite, openSite } from '../../testing/site.ts'
import { buildCommand } from './build.ts'
import { lockCommand } from './lock.ts'
import { exportOf, importOf } from './store-transfer.ts'

const plain = paintFor({ write: () => {} }, {})
let folder: string
let store: Store
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-transfer-'))
  store = await openStore(at('store'))
})
afterEach(() => rm(folder, { recursive: true }))

const at = (name: string): string => path.join(folder, name)
const context = {
  ...{ env: { HOME: '/nowhere' }, report: silent, signal: new AbortController().signal },
} as unknown as CommandContext
const send = (releases: readonly string[] = []) =>
  exportOf(store, { file: at('store.tar'), releases, home: folder }, context)
const receive = async () => importOf(await openStore(at('other')), at('store.tar'), context)

describe('everything in a store', () => {
  it('is exported, one blob or more, and said in both languages', async () => {
    await store.putBytes(Buffer.from('one'))
    const one = await send()
    expect(one.text('en', plain)).toMatch(/store\.tar: 1 blob, \S+ \w+\n {2}sha256 [0-9a-f]{64}$/)
    expect(one.text('zh', plain)).toMatch(/store\.tar：1 项，\S+ \w+\n {2}sha256 [0-9a-f]{64}$/)
    await store.putBytes(Buffer.from('two'))
    expect((await send()).text('en', plain)).toContain(': 2 blobs, ')
  })

  it('is imported, but for what is there already', async () => {
    for (const text of ['one', 'two']) await store.putBytes(Buffer.from(text))
    await send()
    await (await openStore(at('other'))).putBytes(Buffer.from('two'))
    const { text, document } = await receive()
    expect(document).toMatchObject({ blobs: 2, present: 1, copied: 3 })
    expect(text('en', plain)).toBe(`${at('other')}: 1 blob imported (3 B), 1 already present`)
    expect(text('zh', plain)).toBe(`${at('other')}：导入 1 项（3 B），1 项已存在`)
  })

  it('leaves out what is only half there', async () => {
    await store.putBytes(Buffer.from('one'))
    const cut = store.ensure({ digest: digestOf('whole'), size: 5 }, 'x', async (sink) => {
      await sink.append(0, Readable.from([Buffer.from('half')]))
      throw new Error('cut')
    })
    await expect(cut).rejects.toThrow('cut')
    expect((await send()).document).toMatchObject({ blobs: 1 })
  })
})

describe('what a release needs', () => {
  it('is enough to build it offline on the other side, and no more', async () => {
    await using site = await openSite()
    const files = await laySite(site, folder)
    const build = (changed: Record<string, unknown>) =>
      buildCommand(folder, () => sampleInstaller)({ ...files, out: at('out'), ...changed }, context)
    await lockCommand(folder)({ ...files, store: store.root }, context)
    await expect(send([files.release])).rejects.toMatchObject({ code: 'STORE_INCOMPLETE' })
    expect(await readdir(folder)).not.toContain('store.tar')
    await build({ store: store.root })
    const unneeded = await store.putBytes(Buffer.from('of another release'))
    await send([files.release])
    await receive()
    expect(await (await openStore(at('other'))).has(unneeded)).toBe(false)
    site.asked.length = 0
    const { document } = await build({ store: at('other'), out: at('other-out'), offline: true })
    expect(document).toMatchObject({ archives: [{ kept: false }], fetched: 0 })
    expect(site.asked).toEqual([])
  })
})
