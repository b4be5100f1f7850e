import { type Asker, type PlatformName, ROLES, type Role } from '@edgelift/bundle'
import type { ResolvedImage } from '@edgelift/oci'
import { fileWishes } from '../gates/built-in-wishes.ts'
import { type HeldImage, reasonsFor } from '../gates/closure.ts'
import type { ImageWish } from '../gates/wish.ts'
import type { ExpandedChart, ExpandedSource, PlatformRelease } from '../release/expand.ts'
import type { PlatformDownload } from './lock-downloads.ts'
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
    neededBy: askersOf(
      source,
      parts.map((part) => part.path),
      release,
    ),
    ...(source.license === undefined ? {} : { license: source.license }),
  }
}

function askersOf(source: ExpandedSource, paths: readonly string[], release: PlatformRelease): Asker[] {
  if (paths.length === 0) return []
  if ('chart' in source) {
    const { chart } = source as ExpandedChart
    const when = chart.when === undefined ? {} : { when: chart.when }
    return [{ asker: `the installation (chart ${chart.name})`, ...when }]
  }
  const askers = fileWishes(release)
    .filter((wish) => source.roles.includes(wish.role) && wish.paths.some((path) => paths.includes(path)))
    .map(({ asker, when }): Asker => ({ asker, ...(when === undefined ? {} : { when }) }))
  if (askers.length === 0) return [{ asker: `the release (${source.id})` }]
  return [...new Map(askers.map((asker) => [canonicalJson(asker), asker])).values()].sort(
    byText((asker) => canonicalJson(asker)),
  )
}

/** The lock's images: those that are packed, and those that files are taken out of. */
export function assembleImages(
  platforms: readonly PlatformRelease[],
  found: {
    readonly held: readonly (readonly HeldImage[])[]
    readonly wishes: readonly (readonly ImageWish[])[]
    readonly resolved: ReadonlyMap<string, ResolvedImage>
    readonly imageFiles: LockedImageFiles
  },
): LockedImage[] {
  const images = platforms.flatMap((release, index) => {
    const held = found.held[index] ?? []
    const wishes = found.wishes[index] ?? []
    const references = new Set([
      ...held.map(({ reference }) => reference),
      ...release.imageFiles.map(({ reference }) => reference),
    ])
    return [...references].flatMap((reference) => {
      const resolved = found.resolved.get(imageKey(reference, release.platform))
      if (resolved === undefined) return []
      const mine = held.filter((image) => image.reference === reference)
      return [imageEntry(resolved, { reference, release, mine, wishes, imageFiles: found.imageFiles })]
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
    readonly wishes: readonly ImageWish[]
    readonly imageFiles: LockedImageFiles
  },
): LockedImage {
  const { reference, release, mine, wishes, imageFiles } = options
  const { platform } = release
  const license =
    mine.find((image) => image.license !== undefined)?.license ??
    release.imageFiles.find((files) => files.reference === reference)?.license
  const { standIn, ...blobs } = lockedBlobs(resolved)
  return {
    reference,
    platform: platform satisfies PlatformName,
    roles: inOrder(mine.map((image) => image.role)),
    ...blobs,
    neededBy: reasonsFor(mine, wishes),
    files: imageFiles.files.get(imageKey(reference, platform)) ?? [],
    packed: mine.length > 0,
    ...(standIn === undefined ? {} : { standIn }),
    ...(license === undefined ? {} : { license }),
  }
}

function inOrder(roles: readonly Role[]): Role[] {
  return ROLES.filter((role) => roles.includes(role))
}

function byText<T>(text: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0)
}
