import { stat, statfs } from 'node:fs/promises'
import { formatBytes } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { isPackedAlone } from '../assemble/packed-content.ts'
import { fail } from '../codes.ts'
import { type ArchivePlan, contentSize } from '../plan/archive-plan.ts'
import { type Need, storedSize } from './needs.ts'

const MARGIN = 16 * 1024 * 1024 // for tar headers, folders and small records

/** An upper bound of an archive's size: what is deflated may turn out not to shrink. */
function archiveEstimate(plan: ArchivePlan): number {
  return plan.entries.reduce((sum, entry) => sum + contentSize(entry.content) + 2048, MARGIN)
}

/**
 * Refuses to begin a work that the disks cannot hold.
 * @param out folder of the archives; it exists
 * @throws SPACE_LACKING naming both amounts
 */
export async function checkSpace(
  work: {
    readonly needs: readonly Need[]
    readonly plans: readonly ArchivePlan[]
    /** How often an archive's bytes are written: twice where it is split. */
    readonly copies: number
  },
  places: { readonly store: Store; readonly out: string },
): Promise<void> {
  const { store, out } = places
  const forStore = work.needs.reduce((sum, need) => sum + storedSize(need), 0) + packedSize(work.plans)
  const forArchives = work.copies * work.plans.reduce((sum, plan) => sum + archiveEstimate(plan), 0)
  const [storeDevice, outDevice] = [(await stat(store.root)).dev, (await stat(out)).dev]
  const same = storeDevice === outDevice
  const storeFree = await store.freeBytes()
  const { bavail, bsize } = await statfs(out)
  refuseLack(store.root, forStore + (same ? forArchives : 0), storeFree)
  if (!same) refuseLack(out, forArchives, bavail * bsize)
}

/** What is deflated by itself is kept in the store, each content once. */
function packedSize(plans: readonly ArchivePlan[]): number {
  const sizes = new Map(
    plans.flatMap((plan) =>
      plan.entries.filter(isPackedAlone).map(({ content }) => [content.digest, content.size]),
    ),
  )
  return [...sizes.values()].reduce((sum, size) => sum + size, 0)
}

function refuseLack(folder: string, needed: number, free: number): void {
  if (needed <= free) return
  throw fail('SPACE_LACKING', {
    what: {
      en: `${folder}: this build needs up to ${formatBytes(needed)}, ${formatBytes(free)} are free`,
      zh: `${folder}：本次构建最多需要 ${formatBytes(needed)}，可用空间为 ${formatBytes(free)}`,
    },
    because: {
      en: 'checked before the first byte: nothing was fetched or written',
      zh: '在开始之前检查：尚未下载或写入任何内容',
    },
    fix: {
      en: 'free some space, choose other places with --store and --out, or build fewer archives at once (--role, --platform)',
      zh: '请释放空间，用 --store 和 --out 更换位置，或减少一次构建的离线包（--role、--platform）',
    },
  })
}
