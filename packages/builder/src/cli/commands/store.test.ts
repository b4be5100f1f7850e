import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { digestOf, silent } from '@edgelift/core'
import type { CommandContext } from '@edgelift/core/cli'
import { openStore } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeLock } from '../../lock/lock-file.ts'
import { releaseDigest, sealOf } from '../../lock/seal.ts'
import { sampleLock, sampleRelease } from '../../testing/sample.ts'
import { storeCommand } from './store.ts'

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
    const { document } = await run('prune', { 'dry-run': true })
    expect(document).toMatchObject({ dryRun: true, bytes: 3 })
    expect(await digests()).toEqual([digestOf('old')])
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
    expect((await run('verify')).exit).toBe(0)
    await writeFile(store.pathOf(digestOf('broken')), 'brokeN')
    const { exit, document } = await run('verify')
    expect(exit).toBe(4)
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
