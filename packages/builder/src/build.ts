import path from 'node:path'
import { archiveName, type PlatformName, type Role, type SecretKey } from '@edgelift/bundle'
import { checkOutputFile, type Digest, makeFolder, type Report, type Text } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { findBuilt, recordBuilt } from './assemble/build-record.ts'
import { ownArchives } from './assemble/own-archive.ts'
import type { SigningTime } from './assemble/signing.ts'
import { type SplitArchive, splitArchive } from './assemble/split-archive.ts'
import { type WrittenArchive, writeCompanions } from './assemble/write-archive.ts'
import { writeHealed } from './assemble/write-healed.ts'
import { fail } from './codes.ts'
import type { OlderArchives } from './delta/older.ts'
import { withOlder } from './delta/with-older.ts'
import { writeDelta } from './delta/write-delta.ts'
import { fetchMissing } from './fetch/fetch-missing.ts'
import type { Lock } from './lock/schema.ts'
import type { Network } from './network.ts'
import { type ArchivePlan, archiveFileName } from './plan/archive-plan.ts'
import type { InstallerFiles } from './plan/installer-files.ts'
import { planArchives } from './plan/plan-archives.ts'
import type { Release } from './release/schema.ts'

export interface BuildOptions {
  readonly release: Release
  /** One that belongs to `release`. */
  readonly lock: Lock
  readonly installer: InstallerFiles
  readonly roles: readonly Role[]
  readonly platforms: readonly PlatformName[]
  /** Folder of the archives; made when it is not there. */
  readonly out: string
  readonly store: Store
  /** Called only when something is missing; undefined forbids it. */
  readonly network: ((report: Report) => Network) | undefined
  /** Hash existing archives even where the record of the last build says that nothing has touched them. */
  readonly rehash?: boolean
  readonly key?: SecretKey
  readonly signing?: SigningTime
  /** With it, a delta is written for each archive that has an older one. */
  readonly since?: OlderArchives
  /** Archives that have no older one are left out. */
  readonly onlyDelta?: boolean
  /** With it, archives and deltas are also written in parts of at most this many bytes. */
  readonly split?: number
  /** The digest of the running builder. */
  readonly program: Digest
  readonly report: Report
  readonly signal: AbortSignal
}

export interface BuiltArchive extends WrittenArchive {
  readonly name: string
  readonly role: Role
  readonly platform: PlatformName
  /** It was there already, built from the very same inputs. */
  readonly kept: boolean
  readonly signed: boolean
  readonly placeholders: readonly string[]
  /** What completes the older archive to this one, where `since` knows an older one. */
  readonly delta?: BuiltDelta
  /** With `split`. */
  readonly split?: SplitArchive
}

export interface BuiltDelta extends WrittenArchive {
  readonly name: string
  /** The version of the older archive. */
  readonly from: string
  readonly split?: SplitArchive
}

export interface BuildResult {
  readonly archives: readonly BuiltArchive[]
  /** Bytes that came over the network. */
  readonly fetched: number
}

/**
 * Builds archives from a lock: no reference is resolved again, and the same lock gives the same bytes. What an
 * earlier build has left is used: of the store when its hash holds, a whole archive when nothing has touched it since.
 * @throws ARCHIVE_UNKNOWN, OUTPUT_IS_INPUT, STORE_INCOMPLETE (offline), SPACE_LACKING, PART_MISMATCH, SPLIT_TOO_SMALL, and what transfers throw
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const { store, out, key, report, signal, rehash = false } = options
  const asked = planArchives(options, options)
  if (asked.length === 0) throw nothingToBuild(options)
  const { since } = options
  const plansOfDeltas = since === undefined ? asked : withOlder(asked, { ...options, since })
  const plans = options.onlyDelta === true ? plansOfDeltas : asked
  await makeFolder(out)
  for (const plan of plans) await checkOutputs(plan, options)
  const place = { store: store.root, program: options.program, key, signedAt: options.signing?.fixed, rehash }
  await using _used = await store.use()
  await using _owned = await ownArchives(out, plans.map(archiveFileName), options)

  const kept = new Map<ArchivePlan, WrittenArchive>()
  await Promise.all(
    plans.map(async (plan) => {
      const found = await findBuilt(plan, out, place)
      if (found !== undefined) kept.set(plan, found)
    }),
  )
  const rest = plans.filter((plan) => !kept.has(plan))
  const begin = () => phase(report, 1, { en: 'Fetching what is missing', zh: '下载缺少的内容' })
  const writing = { ...options, begin }
  let fetched = rest.length === 0 ? 0 : await fetchMissing(rest, writing)

  const archives: BuiltArchive[] = []
  if (rest.length > 0) phase(report, 2, { en: 'Writing archives', zh: '写入离线包' })
  for (const plan of plans) {
    signal.throwIfAborted()
    const before = kept.get(plan)
    const { written, again } =
      before === undefined ? await writeHealed(plan, writing) : { written: before, again: 0 }
    fetched += again
    if (before === undefined) await recordBuilt(plan, written, place)
    else await writeCompanions(written, { release: plan.release, key, signing: options.signing })
    const delta = await deltaOf(plan, written, options)
    const isLeftOut = options.onlyDelta === true && delta !== undefined
    const parts = isLeftOut ? undefined : await splitOf(written, plan, options)
    archives.push({
      ...written,
      ...(parts === undefined ? {} : { split: parts }),
      ...(delta === undefined ? {} : { delta }),
      name: path.basename(written.file),
      role: plan.role,
      platform: plan.platform,
      kept: before !== undefined,
      signed: key !== undefined,
      placeholders: plan.placeholders,
    })
  }
  return { archives, fetched }
}

/** @throws OUTPUT_IS_INPUT where the archive, or the parts of its name, are those that `since` was read from */
async function checkOutputs(plan: ArchivePlan, { out, key, since }: BuildOptions): Promise<void> {
  const name = archiveFileName(plan)
  const beside = key === undefined ? ['.sha256'] : ['.sha256', '.minisig']
  await checkOutputFile(path.join(out, name), { beside, inputs: [since?.where] })
  const older = path.basename(since?.where ?? '')
  if (older !== name && archiveName(older) === name)
    await checkOutputFile(path.join(out, older), { inputs: [since?.where] })
}

async function splitOf(
  { file }: WrittenArchive,
  { release }: ArchivePlan,
  { split, key, signing, report, signal }: BuildOptions,
): Promise<SplitArchive | undefined> {
  if (split === undefined) return undefined
  return splitArchive(file, { size: split, release, key, signing, report, signal })
}

async function deltaOf(
  plan: ArchivePlan,
  archive: WrittenArchive,
  options: BuildOptions,
): Promise<BuiltDelta | undefined> {
  const { since, installer, store, out, signal, key, signing } = options
  const older = since?.find(plan.role, plan.platform)
  if (older === undefined) return undefined
  const written = await writeDelta({ plan, archive, older, installer, store, out, signal, key, signing })
  const parts = await splitOf(written, plan, options)
  return {
    ...written,
    ...(parts === undefined ? {} : { split: parts }),
    name: path.basename(written.file),
    from: older.version,
  }
}

function phase(report: Report, number: number, title: Text): void {
  report({ type: 'phase', id: `build-${number}`, title, number, count: 2 })
}

function nothingToBuild({ release, roles, platforms }: BuildOptions): Error {
  const asked = `${roles.join(',')} ${platforms.join(',')}`
  const there = `${Object.keys(release.archives).join(',')} ${release.platforms.join(',')}`
  return fail('ARCHIVE_UNKNOWN', {
    what: {
      en: `${release.name} ${release.version} has no archive for ${asked}`,
      zh: `${release.name} ${release.version} 没有 ${asked} 的离线包`,
    },
    because: { en: `it builds ${there}`, zh: `它构建 ${there}` },
    fix: { en: 'choose other --role and --platform', zh: '请更换 --role 和 --platform' },
  })
}
