import { type PlatformName, type Requirer, ROLES, type Role, requirerOf } from '@edgelift/bundle'
import type { ResolvedImage } from '@edgelift/oci'
import { type HeldImage, reasonsFor } from '../gates/closure.ts'
import { fileRequirements } from '../gates/required-files.ts'
import type { ImageRequirement } from '../gates/requirement.ts'
import type { ExpandedChart, ExpandedSource, PlatformRelease } from '../release/expand.ts'
import type { PlatformDownload } from '../sources/platform-download.ts'
import type { LockedImageFiles } from './lock-image-files.ts'
import { imageKey, lockedBlobs } from './lock-images.ts'
import type { LockedDownload, LockedImage } from './schema.ts'
import { canonicalJson } from './seal.ts'

/** The lock's downloads: one entry for all platforms that share a file. */
export function assembleDownloads(
  platforms: readonly PlatformRelease[],
  downloads: readonly PlatformDownload[],
): LockedDownload[] {
  const entries = new Map<string, LockedDownload>()
  for (const download of downloads) {
    const release = platforms.find(({ platform }) => platform === download.platform)
    if (release === undefined || download.source.roles.length === 0) continue
    const { platforms: _, ...entry } = downloadEntry(download, release)
    const key = canonicalJson(entry)
    const shared = entries.get(key)
    if (shared === undefined) entries.set(key, { ...entry, platforms: [download.platform] })
    else shared.platforms.push(download.platform)
  }
  return [...entries.values()]
    .map((entry) => ({ ...entry, platforms: entry.platforms.sort() }))
    .sort(byText((entry) => `${entry.name} ${entry.url} ${entry.platforms.join()}`))
}

function downloadEntry(
  { platform, source, fetched, parts }: PlatformDownload,
  release: PlatformRelease,
): LockedDownload {
  return {
    name: source.id,
    roles: inOrder(source.roles),
    platforms: [platform],
    url: source.url,
    ...(source.generatedSource ? {} : { digest: fetched.digest, size: fetched.size }),
    trust: fetched.trust,
    ...(fetched.checksumUrl === undefined ? {} : { checksumUrl: fetched.checksumUrl }),
    ...(fetched.upstreamIntegrity === undefined ? {} : { upstreamIntegrity: fetched.upstreamIntegrity }),
    parts: [...parts].sort(byText((part) => part.path)),
    neededBy: requirersOf(
      source,
      parts.map((part) => part.path),
      release,
    ),
    ...(source.license === undefined ? {} : { license: source.license }),
  }
}

function requirersOf(source: ExpandedSource, paths: readonly string[], release: PlatformRelease): Requirer[] {
  if (paths.length === 0) return []
  if ('chart' in source) {
    const { chart } = source as ExpandedChart
    return [requirerOf({ kind: 'installer', name: 'cloud', detail: `chart ${chart.name}` }, chart.when)]
  }
  const requirers = fileRequirements(release)
    .filter(
      (requirement) =>
        source.roles.includes(requirement.role) && requirement.paths.some((path) => paths.includes(path)),
    )
    .map(({ requirer, when }) => requirerOf(requirer, when))
  if (requirers.length === 0) return [requirerOf({ kind: 'release', name: source.id })]
  return [...new Map(requirers.map((requirer) => [canonicalJson(requirer), requirer])).values()].sort(
    byText((requirer) => canonicalJson(requirer)),
  )
}

/** The lock's images: those that are packed, and those that files are taken out of. */
export function assembleImages(
  platforms: readonly PlatformRelease[],
  found: {
    readonly held: readonly (readonly HeldImage[])[]
    readonly requirements: readonly (readonly ImageRequirement[])[]
    readonly resolved: ReadonlyMap<string, ResolvedImage>
    readonly imageFiles: LockedImageFiles
  },
): LockedImage[] {
  const images = platforms.flatMap((release, index) => {
    const held = found.held[index] ?? []
    const requirements = found.requirements[index] ?? []
    const references = new Set([
      ...held.map(({ reference }) => reference),
      ...release.imageFiles.map(({ reference }) => reference),
    ])
    return [...references].flatMap((reference) => {
      const resolved = found.resolved.get(imageKey(reference, release.platform))
      if (resolved === undefined) return []
      const mine = held.filter((image) => image.reference === reference)
      return [imageEntry(resolved, { reference, release, mine, requirements, imageFiles: found.imageFiles })]
    })
  })
  return images.sort(byText((image) => `${image.reference} ${image.platform}`))
}

function imageEntry(
  resolved: ResolvedImage,
  options: {
    readonly reference: string
    readonly release: PlatformRelease
    readonly mine: readonly HeldImage[]
    readonly requirements: readonly ImageRequirement[]
    readonly imageFiles: LockedImageFiles
  },
): LockedImage {
  const { reference, release, mine, requirements, imageFiles } = options
  const { platform } = release
  const { placeholder, license: labelled, ...blobs } = lockedBlobs(resolved)
  const license =
    mine.find((image) => image.license !== undefined)?.license ??
    release.imageFiles.find((files) => files.reference === reference)?.license ??
    labelled
  return {
    reference,
    platform: platform satisfies PlatformName,
    roles: inOrder(mine.map((image) => image.role)),
    ...blobs,
    neededBy: reasonsFor(mine, requirements),
    files: imageFiles.files.get(imageKey(reference, platform)) ?? [],
    packed: mine.length > 0,
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(license === undefined ? {} : { license }),
  }
}

function inOrder(roles: readonly Role[]): Role[] {
  return ROLES.filter((role) => roles.includes(role))
}

function byText<T>(text: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0)
}
