import path from 'node:path'
import { ROLES } from '@edgelift/bundle'
import { checkOutputFile, counted, type Digest, formatBytes } from '@edgelift/core'
import type { CommandContext, Outcome } from '@edgelift/core/cli'
import type { Store } from '@edgelift/oci'
import { refuseMissing } from '../../fetch/fetch-all.ts'
import { digestsOf, missingNeeds } from '../../fetch/needs.ts'
import { readLock } from '../../lock/lock-file.ts'
import type { InstallerFiles } from '../../plan/installer-files.ts'
import { planArchives } from '../../plan/plan-archives.ts'
import { lockFileOf } from '../../release/load.ts'
import { exportStore } from '../../store-export/export-store.ts'
import { importStore } from '../../store-export/import-store.ts'
import { findRelease } from '../settings.ts'

/** Everything in the store, or what `build --offline` of some releases reads. */
export async function exportOf(
  store: Store,
  { file, releases, home }: { file: string; releases: readonly string[]; home: string },
  { report, signal }: CommandContext,
): Promise<Outcome> {
  await checkOutputFile(file, { beside: ['.sha256'], inputs: [store.root] })
  await using _used = await store.use()
  const digests = releases.length === 0 ? await allOf(store) : await neededBy(releases, store, home)
  const exported = await exportStore(store, digests, { file: path.resolve(file), report, signal })
  return {
    document: { store: store.root, ...exported },
    text: (lang) => {
      const size = formatBytes(exported.size)
      return lang === 'zh'
        ? `${exported.file}：${exported.blobs} 项，${size}\n  sha256 ${exported.sha256}`
        : `${exported.file}: ${counted(exported.blobs, 'blob')}, ${size}\n  sha256 ${exported.sha256}`
    },
  }
}

export async function importOf(
  store: Store,
  file: string,
  { report, signal }: CommandContext,
): Promise<Outcome> {
  const imported = await importStore(store, path.resolve(file), { report, signal })
  return {
    document: { store: store.root, ...imported },
    text: (lang) => {
      const { blobs, present, copied } = imported
      const size = formatBytes(copied)
      return lang === 'zh'
        ? `${store.root}：导入 ${blobs - present} 项（${size}），${present} 项已存在`
        : `${store.root}: ${counted(blobs - present, 'blob')} imported (${size}), ${present} already present`
    },
  }
}

async function allOf(store: Store): Promise<Digest[]> {
  const entries = await store.ls()
  return entries.flatMap(({ digest, state }) => (digest !== undefined && state === 'whole' ? [digest] : []))
}

/** The builder carries these files itself: a store holds nothing of them. */
const NO_INSTALLER: InstallerFiles = new Map()

/** @throws STORE_INCOMPLETE naming what is missing */
async function neededBy(releases: readonly string[], store: Store, home: string): Promise<Digest[]> {
  const digests: Digest[] = []
  for (const name of releases) {
    const { file, release } = await findRelease(name, home)
    const lock = await readLock(lockFileOf(file), release)
    const everything = { roles: ROLES, platforms: release.platforms }
    const plans = planArchives({ release, lock, installer: NO_INSTALLER }, everything)
    refuseMissing(await missingNeeds(plans, { lock, store }))
    for (const { content } of plans.flatMap((plan) => plan.entries)) digests.push(...digestsOf(content))
  }
  return digests
}
