import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Store } from '@edgelift/oci'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { planArchives } from '../plan/plan-archives.ts'
import { sampleInstaller, sampleLock, sampleRelease } from '../testing/sample.ts'
import type { Need } from './needs.ts'
import { checkSpace } from './space.ts'

const plans = planArchives(
  { release: sampleRelease, lock: sampleLock, installer: sampleInstaller },
  { roles: ['edge'], platforms: ['linux/amd64'] },
)
const [download] = sampleLock.downloads
if (download === undefined) throw new Error('the sample has downloads')
const NEED: Need = { kind: 'download', download: { ...download, size: 3_000_000_000 }, parts: [] }

let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'edgelift-space-'))
})
afterEach(() => rm(root, { recursive: true }))

const storeWith = (free: number): Store => ({ root, freeBytes: async () => free }) as unknown as Store
const check = (free: number, work: { needs?: readonly Need[]; copies?: number } = {}) =>
  checkSpace({ needs: [], plans, copies: 1, ...work }, { store: storeWith(free), out: root })

describe('the space that a build needs', () => {
  it('is refused before the first byte, with both amounts, in both languages', async () => {
    await expect(check(1_000_000_000, { needs: [NEED] })).rejects.toMatchObject({
      code: 'SPACE_LACKING',
      what: {
        en: `${root}: this build needs up to 3.0 GB, 1.0 GB are free`,
        zh: `${root}：本次构建最多需要 3.0 GB，可用空间为 1.0 GB`,
      },
      because: {
        en: expect.stringContaining('nothing was fetched'),
        zh: expect.stringContaining('尚未下载'),
      },
      fix: {
        en: expect.stringContaining('--store and --out'),
        zh: expect.stringContaining('--store 和 --out'),
      },
    })
    await expect(check(4_000_000_000, { needs: [NEED] })).resolves.toBeUndefined()
  })

  it('counts archives that lie on the disk of the store, twice where they are split', async () => {
    const margin = 16 * 1024 * 1024
    await expect(check(margin)).rejects.toMatchObject({ code: 'SPACE_LACKING' })
    await expect(check(margin + 2_000_000)).resolves.toBeUndefined()
    await expect(check(margin + 2_000_000, { copies: 2 })).rejects.toMatchObject({ code: 'SPACE_LACKING' })
  })

  it('counts what is deflated by itself and kept in the store, each content once', async () => {
    const [plan] = plans
    const [entry] = plan?.entries.filter(({ content }) => content.kind === 'blob') ?? []
    if (plan === undefined || entry?.content.kind !== 'blob') throw new Error('the sample has blobs')
    const large = { ...entry, compress: true, content: { ...entry.content, size: 100_000_000 } }
    const work = {
      needs: [],
      plans: [
        { ...plan, entries: [large] },
        { ...plan, entries: [large] },
      ],
      copies: 0,
    }
    const at = (free: number) => checkSpace(work, { store: storeWith(free), out: root })
    await expect(at(99_999_999)).rejects.toMatchObject({ code: 'SPACE_LACKING' })
    await expect(at(100_000_000)).resolves.toBeUndefined()
  })
})
