import path from 'node:path'
import type { PlatformName, Role, SecretKey } from '@edgelift/bundle'
import {
  checkOutputFile,
  type Digest,
  EdgeliftError,
  type ErrorCode,
  makeFolder,
  type Report,
  type Text,
} from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import { ownArchive } from './assemble/abandoned.ts'
import { findBuilt, recordBuilt } from './assemble/build-record.ts'
import { packedDigests } from './assemble/packed-content.ts'
import type { SigningTime } from './assemble/signing.ts'
import { type SplitArchive, splitArchive } from './assemble/split-archive.ts'
import { type WrittenArchive, writeArchive, writeCompanions } from './assemble/write-archive.ts'
import { fail } from './codes.ts'
import type { OlderArchives } from './delta/older.ts'
import { writeDelta } from './delta/write-delta.ts'
import { fetchAll, refuseMissing } from './fetch/fetch-all.ts'
import { digestsOf, missingNeeds } from './fetch/needs.ts'
import { trackTransfers } from './fetch/progress.ts'
import { checkSpace } from './fetch/space.ts'
import type { Lock } from './lock/schema.ts'
import type { Network } from './network.ts'
import { type ArchivePlan, archiveFileName } from './plan/archive-plan.ts'
import type { InstallerFiles } from './plan/installer-files.ts'
import { planArchives } from './plan/plan-archives.ts'
import type { Release } from './release/schema.ts'
import { dropDamaged } from './sources/sound-blobs.ts'

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
 * @throws ARCHIVE_UNKNOWN, STORE_INCOMPLETE (offline), SPACE_LACKING, PART_MISMATCH, SPLIT_TOO_SMALL, and what transfers throw
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  const { store, out, key, report, signal, rehash = false } = options
  const asked = planArchives(options, options)
  if (asked.length === 0) throw nothingToBuild(options)
  const plans = options.onlyDelta === true ? withOlder(asked, options) : asked
  await makeFolder(out)
  const beside = key === undefined ? ['.sha256'] : ['.sha256', '.minisig']
  for (const plan of plans) await checkOutputFile(path.join(out, archiveFileName(plan)), { beside })
  const place = { store: store.root, program: options.program, key, signedAt: options.signing?.fixed, rehash }
  await using _used = await store.use()
  await using _owned = await ownArchives(plans, options)

  const kept = new Map<ArchivePlan, WrittenArchive>()
  await Promise.all(
    plans.map(async (plan) => {
      const found = await findBuilt(plan, out, place)
      if (found !== undefined) kept.set(plan, found)
    }),
  )
  const rest = plans.filter((plan) => !kept.has(plan))
  let fetched = rest.length === 0 ? 0 : await fetchFor(rest, options)

  const archives: BuiltArchive[] = []
  if (rest.length > 0) phase(report, 2, { en: 'Writing archives', zh: '写入离线包' })
  for (const plan of plans) {
    signal.throwIfAborted()
    const before = kept.get(plan)
    const { written, again } =
      before === undefined ? await writeHealed(plan, options) : { written: before, again: 0 }
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

/** @throws OLDER_ARCHIVE_MISSING when no archive has an older one */
function withOlder(plans: readonly ArchivePlan[], { since, report }: BuildOptions): readonly ArchivePlan[] {
  const hasOlder = ({ role, platform }: ArchivePlan) => since?.(role, platform) !== undefined
  const left = plans.filter((plan) => !hasOlder(plan))
  if (left.length === 0) return plans
  const names = left.map(({ role, platform }) => `${role} ${platform}`).join(', ')
  if (left.length < plans.length) {
    report({
      type: 'note',
      level: 'warning',
      text: {
        en: `no delta for ${names}: --since is of another archive`,
        zh: `${names} 没有增量包：--since 是另一个离线包`,
      },
    })
    return plans.filter(hasOlder)
  }
  throw fail('OLDER_ARCHIVE_MISSING', {
    what: { en: `there is no older archive for ${names}`, zh: `${names} 没有对应的旧离线包` },
    because: {
      en: '--since is an archive of another role or platform',
      zh: '--since 是其他角色或平台的离线包',
    },
    fix: {
      en: 'choose --role and --platform of the older archive, or give its .lock.json, which covers all',
      zh: '请选择与旧离线包相同的 --role 和 --platform，或改用涵盖全部的 .lock.json',
    },
  })
}

/** The right to write these archives: in the order of their names, so that two builds never wait for each other. */
async function ownArchives(
  plans: readonly ArchivePlan[],
  { out, report, signal }: BuildOptions,
): Promise<AsyncDisposable> {
  const owned: AsyncDisposable[] = []
  const all: AsyncDisposable = {
    [Symbol.asyncDispose]: async () => {
      for (const one of owned.splice(0)) await one[Symbol.asyncDispose]()
    },
  }
  try {
    for (const name of plans.map(archiveFileName).sort())
      owned.push(await ownArchive(out, name, { report, signal }))
    return all
  } catch (error) {
    await all[Symbol.asyncDispose]()
    throw error
  }
}

/**
 * Writes an archive. Where the store turns out to be damaged (a power loss, a bad disk), what is damaged is removed and
 * fetched again, once.
 */
async function writeHealed(
  plan: ArchivePlan,
  options: BuildOptions,
): Promise<{ written: WrittenArchive; again: number }> {
  const { store, out, key, network, report, signal } = options
  const writing = {
    ...{ store, out, report, signal },
    ...(key === undefined ? {} : { key }),
    ...(options.signing === undefined ? {} : { signing: options.signing }),
  }
  try {
    return { written: await writeArchive(plan, writing), again: 0 }
  } catch (error) {
    if (!(error instanceof EdgeliftError && STORE_DAMAGE.includes(error.code)) || network === undefined)
      throw error
    const dropped = await dropDamaged(store, await blobsOf(plan, store))
    if (dropped === 0) throw error
    report({ type: 'note', level: 'warning', text: healing(dropped) })
    const again = await fetchFor([plan], options)
    return { written: await writeArchive(plan, writing), again }
  }
}

const STORE_DAMAGE: readonly ErrorCode[] = ['PART_MISMATCH', 'STORE_BLOB_DAMAGED', 'STORE_BLOB_MISSING']

/** The blobs of a plan, and those that were packed from them. */
async function blobsOf(plan: ArchivePlan, store: Store): Promise<Set<Digest>> {
  const digests = new Set(plan.entries.flatMap(({ content }) => digestsOf(content)))
  for (const digest of await packedDigests(store.root, digests)) digests.add(digest)
  return digests
}

function healing(count: number): Text {
  return {
    en:
      count === 1
        ? 'a damaged blob was removed from the store and is fetched again'
        : `${count} damaged blobs were removed from the store and are fetched again`,
    zh: `已从存储中删除 ${count} 个损坏的数据块并重新下载`,
  }
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
  const { since, installer, store, out, signal } = options
  const older = since?.(plan.role, plan.platform)
  if (older === undefined) return undefined
  const written = await writeDelta({ plan, archive, older, installer, store, out, signal })
  const parts = await splitOf(written, plan, options)
  return {
    ...written,
    ...(parts === undefined ? {} : { split: parts }),
    name: path.basename(written.file),
    from: older.version,
  }
}

/** Brings what is missing into the store; returns the bytes that came over the network. */
async function fetchFor(plans: readonly ArchivePlan[], options: BuildOptions): Promise<number> {
  const { store, out, lock, network, report, signal } = options
  const needs = await missingNeeds(plans, { lock, store })
  if (network === undefined) refuseMissing(needs)
  await checkSpace({ needs, plans, copies: options.split === undefined ? 1 : 2 }, { store, out })
  if (needs.length === 0 || network === undefined) return 0
  phase(report, 1, { en: 'Fetching what is missing', zh: '下载缺少的内容' })
  const progress = trackTransfers(report)
  await using opened = network(progress.report)
  const subject = `${options.release.name} ${options.release.version}`
  await fetchAll(needs, { subject, store, network: opened, progress, signal })
  return progress.fetched()
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
