import type { PlatformName } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { failedItems } from '../failed-items.ts'
import { type Finding, hasErrors, refused } from '../findings.ts'
import { checkSandboxKnown, type ImageLists } from '../gates/built-in-requirements.ts'
import {
  checkDrift,
  checkFileClosure,
  checkImageClosure,
  checkListPresent,
  checkMentioned,
  checkUnasked,
  type HeldImage,
  heldImages,
} from '../gates/closure.ts'
import { collectRequirements, type PlatformRequirements } from '../gates/collect-requirements.ts'
import { fileRequirements } from '../gates/required-files.ts'
import { itemRunner } from '../item-runner.ts'
import { expandRelease, type PlatformRelease } from '../release/expand.ts'
import { lintRelease } from '../release/lint.ts'
import type { Release } from '../release/schema.ts'
import type { PlatformDownload } from '../sources/platform-download.ts'
import { assembleDownloads, assembleImages } from './assemble-lock.ts'
import { changesSince } from './changes.ts'
import type { LockContext } from './context.ts'
import { lockDownloads } from './lock-downloads.ts'
import { lockImageFiles } from './lock-image-files.ts'
import { resolveAll, type WantedImage } from './lock-images.ts'
import type { Lock } from './schema.ts'
import { releaseDigest, sealOf } from './seal.ts'

export interface LockOptions extends LockContext {
  readonly release: Release
  /** How messages name the release: its file. */
  readonly subject: string
}

export interface CreatedLock {
  readonly lock: Lock
  /** What should be read, and does not forbid the lock. */
  readonly warnings: readonly Finding[]
}

/**
 * Makes the lock of a release: every download and every reference as it is today, through all gates.
 * @throws RELEASE_REFUSED, GATE_REFUSED with every defect; the error of an image or file that cannot be had, with all
 *   others as findings; HELM_UNAVAILABLE; what the store throws
 */
export async function createLock(options: LockOptions): Promise<CreatedLock> {
  const { release, subject } = options
  const linted = lintRelease(release)
  if (hasErrors(linted)) throw refused('RELEASE_REFUSED', linted, { subject, outcome: NOT_LOCKED })
  const platforms = expandRelease(release)
  await using _used = await options.store.use()
  const items = itemRunner()
  const context = { ...options, items }

  phase(options, 'lock-downloads', 1, { en: 'Files and charts', zh: '文件和 chart' })
  const { downloads, findings: unpublished } = await lockDownloads(platforms, context)
  const lists = platforms.map(({ platform }) => listsOf(platform, downloads))

  phase(options, 'lock-images', 2, { en: 'Images', zh: '镜像' })
  const drifted = platforms.map((one, index) => checkDrift(one, lists[index] ?? new Map()))
  const held = platforms.map((one, index) => heldImages(one, lists[index] ?? new Map()))
  const resolved = await resolveAll(wantedImages(platforms, { held, lists }), context)
  const imageFiles = await lockImageFiles(platforms, resolved.images, context)
  const fetching = [
    ...linted,
    ...unpublished,
    ...drifted.flat(),
    ...resolved.findings,
    ...imageFiles.findings,
  ]
  if (items.failures.length > 0) {
    // What the charts and lists ask for is not known now: the gates would report what is there as missing.
    throw failedItems(items.failures, { subject, outcome: NOT_LOCKED, findings: unique(fetching) })
  }

  phase(options, 'lock-gates', 3, { en: 'Closure and drift', zh: '完整性与漂移检查' })
  const collected = await collectRequirements(platforms, downloads, { context: options, lists })
  const findings = unique([
    ...fetching,
    ...collected.findings,
    ...platforms.flatMap((one, index) =>
      closureOf(one, held[index] ?? [], collected.platforms[index] ?? NOTHING),
    ),
  ])
  if (hasErrors(findings)) {
    throw refused('GATE_REFUSED', findings, { subject, outcome: NOT_LOCKED, fix: FIX })
  }

  const lock = sealed(release, {
    downloads: assembleDownloads(platforms, downloads),
    images: assembleImages(platforms, {
      held,
      requirements: collected.platforms.map(({ requirements }) => requirements),
      resolved: resolved.images,
      imageFiles,
    }),
  })
  return { lock, warnings: [...findings, ...changesSince(options.previous, lock)] }
}

const NOTHING: PlatformRequirements = { requirements: [], mentioned: [] }
const NOT_LOCKED: Text = { en: 'no lock was written', zh: '未生成锁定文件' }
const FIX: Text = {
  en: 'add what is missing, correct what has drifted, remove what is not published; then run lock again',
  zh: '请补齐缺失项、修正漂移项、删除未发布项，然后重新 lock',
}

function sealed(release: Release, content: Pick<Lock, 'downloads' | 'images'>): Lock {
  const lock = {
    format: 'edgelift/lock/v1' as const,
    release: { name: release.name, version: release.version, digest: releaseDigest(release) },
    ...content,
  }
  return { ...lock, seal: sealOf(lock) }
}

function closureOf(
  release: PlatformRelease,
  held: readonly HeldImage[],
  collected: PlatformRequirements,
): Finding[] {
  const { requirements } = collected
  return [
    ...checkListPresent(release),
    ...checkSandboxKnown(release),
    ...checkImageClosure(release, held, requirements),
    ...checkFileClosure(release, fileRequirements(release)),
    ...checkUnasked(release, requirements),
    ...checkMentioned(release, held, collected),
  ]
}

function listsOf(platform: PlatformName, downloads: readonly PlatformDownload[]): ImageLists {
  return new Map(
    downloads.flatMap((one) =>
      one.platform === platform && one.images !== undefined ? [[one.source.id, one.images] as const] : [],
    ),
  )
}

/** Every reference once, with all platforms that need it. What has drifted is wrong already: nobody asks for it. */
function wantedImages(
  platforms: readonly PlatformRelease[],
  {
    held,
    lists,
  }: { readonly held: readonly (readonly HeldImage[])[]; readonly lists: readonly ImageLists[] },
): WantedImage[] {
  const wanted = new Map<string, { platforms: Set<PlatformName>; ids: Set<string> }>()
  const add = (reference: string, platform: PlatformName, id: string): void => {
    const entry = wanted.get(reference) ?? { platforms: new Set(), ids: new Set() }
    entry.platforms.add(platform)
    entry.ids.add(id)
    wanted.set(reference, entry)
  }
  for (const [index, release] of platforms.entries()) {
    const drifted = new Set(checkDrift(release, lists[index] ?? new Map()).map(({ where }) => where))
    for (const { reference, id } of held[index] ?? []) {
      if (!drifted.has(`${id}.reference`)) add(reference, release.platform, id)
    }
    for (const { reference, id, files } of release.imageFiles) {
      if (files.length > 0) add(reference, release.platform, id)
    }
  }
  return [...wanted]
    .map(([reference, entry]) => ({ reference, ...entry }))
    .sort((a, b) => (a.reference < b.reference ? -1 : 1))
}

function unique(findings: readonly Finding[]): Finding[] {
  return [
    ...new Map(findings.map((found) => [`${found.code}\0${found.where}\0${found.text.en}`, found])).values(),
  ]
}

function phase(options: LockOptions, id: string, number: number, title: Text): void {
  options.report({ type: 'phase', id, title, number, count: 3 })
}
