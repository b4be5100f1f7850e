import {
  type BundleImage,
  CHART_ORDER,
  installYaml,
  PATHS,
  type PlatformName,
  type Role,
  type SecretKey,
} from '@edgelift/bundle'
import type { Lock, LockedImage } from '../lock/schema.ts'
import { expandFor, type PlatformRelease } from '../release/expand.ts'
import type { Release } from '../release/schema.ts'
import { sbomFile } from '../sbom/cyclonedx.ts'
import { licenseIds } from '../sbom/licenses.ts'
import { containerdSandbox, K3S_SANDBOX } from '../upstream-facts.ts'
import type { ArchivePlan, PlanEntry } from './archive-plan.ts'
import { envelopeFile } from './dsse.ts'
import type { InstallerFiles } from './installer-files.ts'
import {
  downloadEntries,
  imageEntry,
  imageFileEntries,
  imagePath,
  installerEntries,
  licenseEntries,
  ours,
  requirersOf,
} from './plan-entries.ts'
import { provenanceFile } from './provenance.ts'
import { readmeFile } from './readme.ts'
import { imageListFile, versionFile } from './text-files.ts'

export interface PlanInput {
  readonly release: Release
  /** One that belongs to `release`. */
  readonly lock: Lock
  readonly installer: InstallerFiles
  /** With it, the provenance is signed. */
  readonly key?: SecretKey
}

/** The plans of all archives of some roles and platforms, by role, then platform. Pure: no file, no network. */
export function planArchives(
  input: PlanInput,
  wanted: { readonly roles: readonly Role[]; readonly platforms: readonly PlatformName[] },
): ArchivePlan[] {
  return wanted.roles.flatMap((role) =>
    wanted.platforms.flatMap((platform) => {
      const plan = planArchive(input, role, platform)
      return plan === undefined ? [] : [plan]
    }),
  )
}

/** The plan of one archive; undefined when the release builds none for this role or platform. */
function planArchive(input: PlanInput, role: Role, platform: PlatformName): ArchivePlan | undefined {
  const { release, lock, installer, key } = input
  const expanded = expandFor(release, platform)
  const name = expanded.archives[role]
  if (name === undefined || !release.platforms.includes(platform)) return undefined
  const images = lock.images.filter(
    (image) => image.platform === platform && image.roles.includes(role) && image.packed,
  )
  const entries = [
    ...downloadEntries(lock, role, platform),
    ...imageFileEntries(lock, role, platform),
    ...images.map((image) => imageEntry(image, role)),
    ...installerEntries(installer, role),
    ...licenseEntries(installer, licensesOf(lock, expanded, role)),
  ]
  const plan: ArchivePlan = {
    name,
    role,
    platform,
    release: { name: release.name, version: release.version },
    lock: lock.seal,
    versions: release.versions,
    entries,
    images: images.map((image) => bundleImage(image, role)).sort(by((image) => image.reference)),
    charts: expanded.charts
      .filter((chart) => chart.roles.includes(role))
      .map(({ chart }) => chart)
      .sort((a, b) => (a.order ?? CHART_ORDER) - (b.order ?? CHART_ORDER)),
    options: Object.entries(release.options)
      .map(([option, { title, default: on, requires }]) => ({
        name: option,
        title,
        default: on,
        ...(requires === undefined ? {} : { requires }),
      }))
      .sort(by((option) => option.name)),
    settings: settingsOf(expanded, role),
    placeholders: placeholdersOf(lock, entries, images),
  }
  return {
    ...plan,
    entries: [...entries, ...generatedEntries(plan, { lock, release: expanded, key })].sort(
      by((entry) => entry.path),
    ),
  }
}

function bundleImage(image: LockedImage, role: Role): BundleImage {
  return {
    reference: image.reference,
    digest: image.manifest.digest,
    platform: image.platform,
    file: imagePath(image),
    blobs: [...new Set([image.config, ...image.layers].map((blob) => blob.digest))].sort(),
    neededBy: requirersOf(image, role),
  }
}

/** Ids of the licences of everything that an archive holds, edgelift included. */
function licensesOf(lock: Lock, release: PlatformRelease, role: Role): ReadonlySet<string> {
  const { platform, files, charts, imageFiles } = release
  const isHere = (one: { roles: readonly Role[] }): boolean => one.roles.includes(role)
  const locked = [
    ...lock.downloads.filter((one) => isHere(one) && one.platforms.includes(platform)),
    ...lock.images.filter((one) => one.platform === platform && isHere(one)),
    ...[...files, ...charts].filter(isHere).flatMap(({ software }) => software ?? []),
    ...imageFiles.filter(isHere).flatMap(({ software }) => [...software.values()]),
    { license: 'Apache-2.0' },
  ]
  return new Set(locked.flatMap(({ license }) => licenseIds(license ?? '') ?? []))
}

function generatedEntries(
  plan: ArchivePlan,
  {
    lock,
    release,
    key,
  }: { readonly lock: Lock; readonly release: PlatformRelease; readonly key: SecretKey | undefined },
): PlanEntry[] {
  const text = (path: string, content: string): PlanEntry => ours(path, Buffer.from(content), '0644')
  const provenance = provenanceFile(plan, lock)
  return [
    text(
      PATHS.answers,
      installYaml(plan.role, { options: plan.options, k3sDisable: plan.settings.k3sDisable }),
    ),
    text(PATHS.readme, readmeFile(plan)),
    text(PATHS.version, versionFile(plan)),
    text(PATHS.imageList, imageListFile(plan)),
    text(PATHS.sbom, sbomFile(plan, lock, release)),
    text(PATHS.provenance, provenance),
    ...(key === undefined ? [] : [text(PATHS.provenanceEnvelope, envelopeFile(provenance, key))]),
  ]
}

/** What is not named in the release is what the runtime of that role asks for by itself. */
function settingsOf(expanded: PlatformRelease, role: Role): ArchivePlan['settings'] {
  const { settings, versions } = expanded
  const own = role === 'cloud' ? K3S_SANDBOX : containerdSandbox(versions.containerd ?? '')
  return {
    sandboxImage: settings.sandboxImage[role] ?? own ?? K3S_SANDBOX,
    testImage: settings.testImage ?? '',
    k3sDisable: settings.k3sDisable,
  }
}

function placeholdersOf(lock: Lock, entries: readonly PlanEntry[], images: readonly LockedImage[]): string[] {
  const parts = [...lock.downloads.flatMap((one) => one.parts), ...lock.images.flatMap((one) => one.files)]
  const marked = new Set(
    parts.filter((part) => part.placeholder === true).map((part) => `${part.path} ${part.digest}`),
  )
  const files = entries.filter(
    ({ path, content }) => content.kind === 'blob' && marked.has(`${path} ${content.digest}`),
  )
  return [
    ...files.map((entry) => entry.path),
    ...images.filter((image) => image.placeholder === true).map((image) => image.reference),
  ].sort()
}

function by<T>(key: (item: T) => string): (a: T, b: T) => number {
  return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0)
}
