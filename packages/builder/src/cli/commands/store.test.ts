import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf, hexOf, silent } from '@edgelift/core'
import { type CommandContext, paintFor } from '@edgelift/core/cli'
import { openStore } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeLock } from '../../lock/lock-file.ts'
import { releaseDigest, sealOf } from '../../lock/seal.ts'
import { sampleLock, sampleRelease } from '../../testing/sample.ts'
import { storeCommand } from './store.ts'

const plain = paintFor({ write: () => {} }, {})
let folder: string
let root: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'edgelift-store-command-'))
  root = path.join(folder, 'store')
})
afterEach(() => rm(folder, { recursive: true }))

const context = {
  ...{ lang: 'en', env: {}, json: true, report: silent },
  signal: new AbortController().signal,
} as unknown as CommandContext
const run = (action: string, more: Record<string, unknown> = {}, store = root) =>
  storeCommand(folder)({ action, store, ...more }, context)
const put = async (...texts: string[]) => {
  const store = await openStore(root)
  for (const text of texts) await store.putBytes(Buffer.from(text))
  return store
}
const digests = async (store = root) => {
  const { document } = await run('ls', {}, store)
  return (document as { entries: { digest: string }[] }).entries.map(({ digest }) => digest).sort()
}
/** Makes everything as old as that. */
async function age(hours: number, ...texts: string[]) {
  const store = await openStore(root)
  const at = new Date(Date.now() - hours * 3_600_000)
  for (const text of texts) await utimes(store.pathOf(digestOf(text)), at, at)
}

describe('store ls', () => {
  it('tells what is there, and how much that is', async () => {
    await put('one', 'three')
    const { document } = await run('ls')
    expect(document).toMatchObject({ store: root, bytes: 8 })
    expect(await digests()).toEqual([digestOf('one'), digestOf('three')].sort())
  })

  it('lists each with its size and day, what is only half there marked, and the sum', async () => {
    const store = await put('one')
    const day = new Date().toISOString().slice(0, 4)
    await writeFile(path.join(store.root, 'partial', hexOf(digestOf('two'))), 'tw')
    const { text } = await run('ls')
    const [header, whole, partial, sum] = text('en', plain).split('\n')
    expect(header?.split(/ {2,}/)).toEqual(['digest', 'size', 'state', 'last used'])
    expect(whole).toMatch(new RegExp(`^${digestOf('one')} +3 B +${day}-`))
    expect(partial).toMatch(new RegExp(`^${digestOf('two')} +2 B +partial +${day}-`))
    expect(sum).toBe(`${root}: 2 entries, 5 B`)
    expect(text('zh', plain)).toMatch(/ 未完成 .*\n.*：2 项，5 B$/)
  })

  it('says that there is nothing', async () => {
    const { text } = await run('ls')
    expect(text('en', plain)).toBe(`${root}: 0 entries, 0 B`)
  })
})

describe('store prune', () => {
  /** A release in the folder with a lock that names the sample's contents. */
  async function release() {
    const file = path.join(folder, 'sample.yaml')
    await writeFile(file, JSON.stringify(sampleRelease))
    const lock = { ...sampleLock, release: { ...sampleLock.release, digest: releaseDigest(sampleRelease) } }
    await writeLock(path.join(folder, 'sample.lock.json'), { ...lock, seal: sealOf(lock) })
    return file
  }

  it('spares what the locks of releases name: downloads, what was taken out of them, and images', async () => {
    const named = ['k3s', 'ctr', 'agent layer', 'mosquitto config', 'node']
    await put(...named, 'nobody names this')
    await run('prune', { keep: [await release()] })
    expect(await digests()).toEqual(named.map((text) => digestOf(text)).sort())
  })

  it('removes only what was not used for so long', async () => {
    await put('old', 'new')
    await age(49, 'old')
    await age(47, 'new')
    await run('prune', { 'older-than': '2d' })
    expect(await digests()).toEqual([digestOf('new')])
  })

  it('removes nothing in a dry run, and tells what would go', async () => {
    await put('old')
    const { document, text } = await run('prune', { 'dry-run': true })
    expect(document).toMatchObject({ dryRun: true, bytes: 3 })
    expect(text('en', plain)).toBe('1 entry would be removed, 3 B')
    expect(text('zh', plain)).toBe('将清理 1 项，3 B')
    expect(await digests()).toEqual([digestOf('old')])
  })

  it('says in both languages what went', async () => {
    await put('one', 'two')
    const { text } = await run('prune')
    expect(text('en', plain)).toBe('2 entries removed, 6 B freed')
    expect(text('zh', plain)).toBe('已清理 2 项，释放 6 B')
    expect(await digests()).toEqual([])
  })

  it('spares what was packed from the contents that a lock names', async () => {
    const store = await put('k3s', 'packed k3s', 'packed of another')
    await mkdir(path.join(root, 'packed'))
    const memo = JSON.stringify({ digest: digestOf('packed k3s'), size: 10 })
    await writeFile(path.join(root, 'packed', `${hexOf(digestOf('k3s'))}.json`), memo)
    await run('prune', { keep: [await release()] })
    expect(await store.has(digestOf('packed k3s'))).toBe(true)
    expect(await store.has(digestOf('packed of another'))).toBe(false)
  })

  it('removes nothing when one of the releases that are to be spared has no lock', async () => {
    await put('old')
    const file = path.join(folder, 'other.yaml')
    await writeFile(file, JSON.stringify(sampleRelease))
    await expect(run('prune', { keep: [file] })).rejects.toMatchObject({ code: 'LOCK_MISSING' })
    expect(await digests()).toEqual([digestOf('old')])
  })
})

describe('store verify', () => {
  it('removes what is damaged, names it, and ends with exit code 4', async () => {
    const store = await put('whole', 'broken')
    const sound = await run('verify')
    expect(sound.exit).toBe(0)
    expect(sound.text('en', plain)).toBe(`${root}: no damage found`)
    expect(sound.text('zh', plain)).toBe(`${root}：全部完好`)
    await writeFile(store.pathOf(digestOf('broken')), 'brokeN')
    const { exit, document, text } = await run('verify')
    expect(exit).toBe(4)
    expect(text('en', plain)).toBe(
      `removed damaged ${digestOf('broken')} (6 B)\nthe next build downloads them again`,
    )
    expect(text('zh', plain)).toBe(`已删除损坏内容 ${digestOf('broken')}（6 B）\n下次构建会重新下载`)
    expect(document).toMatchObject({ problems: [{ digest: digestOf('broken') }] })
    expect(await digests()).toEqual([digestOf('whole')])
    expect((await run('verify')).exit).toBe(0)
  })
})

describe('a store that crosses an air gap', () => {
  it('has on the other side what it had on this one', async () => {
    await put('one', 'two')
    const file = path.join(folder, 'store.tar.gz')
    await run('export', { file })
    const other = path.join(folder, 'other')
    const { document } = await run('import', { file }, other)
    expect(document).toMatchObject({ blobs: 2, present: 0, copied: 6 })
    expect(await digests(other)).toEqual(await digests())
    expect((await run('import', { file }, other)).document).toMatchObject({ blobs: 2, present: 2, copied: 0 })
  })
})
