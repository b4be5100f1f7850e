import {
  archOf,
  type BundleChart,
  CHART_BEHAVIOUR,
  type PlatformName,
  type Role,
  type When,
} from '@edgelift/bundle'
import { formatReference, parseReference } from '@edgelift/oci'
import type { Checksum, Release, ReleaseChart } from './schema.ts'
import { expandSoftware, type ProgramIdentity, type Software } from './software.ts'
import { expandText, expandValue } from './templates.ts'

/** Something that is downloaded, for one platform. */
export interface ExpandedSource {
  /** `files.k3s`, `charts.edgemesh`, `imageLists.k3s`: how locks and messages name it. */
  readonly id: string
  /** The name alone: `k3s`. */
  readonly name: string
  readonly roles: readonly Role[]
  readonly url: string
  readonly checksum?: Checksum
  /** The content is regenerated at each request: only what is taken out of it counts. */
  readonly generatedSource: boolean
  readonly license?: string
  readonly software?: ProgramIdentity
}

export interface ExpandedFile extends ExpandedSource {
  /** What of it goes where. Without `member`, the download itself is the file. */
  readonly parts: readonly { readonly member?: string; readonly path: string }[]
  readonly mode: '0644' | '0755'
  readonly kubernetes: boolean
  /** Its pods may pull images. */
  readonly mayPull: boolean
}

export interface ExpandedImageList extends ExpandedSource {
  /** Canonical repository (`docker.io/rancher/klipper-lb`) to the reason for leaving it out. */
  readonly except: ReadonlyMap<string, string>
  /** Canonical repository to SPDX expression. */
  readonly licenses: ReadonlyMap<string, string>
}

export interface ExpandedChart extends ExpandedSource {
  readonly path: string
  readonly folder?: string
  readonly chart: BundleChart
  /** Its pods may pull images. */
  readonly mayPull: boolean
}

export interface ExpandedImage {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** Canonical: registry, repository and tag. */
  readonly reference: string
  readonly when?: When
  readonly license?: string
}

export interface ExpandedImageFiles {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly reference: string
  readonly files: readonly { readonly member: string; readonly path: string }[]
  readonly mode: '0644' | '0755'
  readonly license?: string
  /** By path in the archive. */
  readonly software: ReadonlyMap<string, ProgramIdentity>
}

/** A release for one platform: templates filled, references canonical, parts that are for other platforms left out. */
export interface PlatformRelease {
  readonly platform: PlatformName
  readonly versions: Readonly<Record<string, string>>
  /** The archives' names without suffix; only roles that are built. */
  readonly archives: Readonly<Partial<Record<Role, string>>>
  readonly files: readonly ExpandedFile[]
  readonly images: readonly ExpandedImage[]
  readonly imageLists: readonly ExpandedImageList[]
  readonly imageFiles: readonly ExpandedImageFiles[]
  readonly charts: readonly ExpandedChart[]
  /** Texts in objects that look like images and are none. */
  readonly notImages: ReadonlySet<string>
  readonly settings: {
    readonly sandboxImage: Readonly<Partial<Record<Role, string>>>
    readonly testImage?: string
    readonly k3sDisable: readonly string[]
  }
}

/** What a release means for each of its platforms. For one that `lintRelease` finds no errors in. */
export function expandRelease(release: Release): readonly PlatformRelease[] {
  return release.platforms.map((platform) => expandFor(release, platform))
}

/** The release for one platform, also for one that it does not build archives for. */
export function expandFor(release: Release, platform: PlatformName): PlatformRelease {
  const variables = variablesOf(release, platform)
  const fill = (text: string): string => expandText(text, variables)
  const built = new Set(Object.keys(release.archives))
  const rolesOf = (roles: readonly Role[]): readonly Role[] => roles.filter((role) => built.has(role))

  const source = (kind: string, name: string, part: SourcePart): ExpandedSource => ({
    id: `${kind}.${name}`,
    name,
    roles: rolesOf(part.roles),
    url: urlFor(part.url, platform, variables),
    ...(part.checksum === undefined ? {} : { checksum: fillChecksum(part.checksum, variables) }),
    generatedSource: part.generatedSource ?? false,
    ...(part.license === undefined ? {} : { license: part.license }),
    ...(part.software === undefined ? {} : { software: expandSoftware(part.software, variables) }),
  })

  return {
    platform,
    versions: release.versions,
    archives: mapValues(release.archives, fill),
    files: named(release.files, platform, (name, file) => ({
      ...source('files', name, file),
      parts: partsOf(file).map(({ member, path }) => ({
        path: fill(path),
        ...(member === undefined ? {} : { member: fill(member) }),
      })),
      mode: file.mode,
      kubernetes: file.kubernetes ?? false,
      mayPull: file.mayPull ?? false,
    })),
    images: named(release.images, platform, (name, image) => ({
      id: `images.${name}`,
      name,
      roles: rolesOf(image.roles),
      reference: canonical(fill(image.reference)),
      ...(image.when === undefined ? {} : { when: image.when }),
      ...(image.license === undefined ? {} : { license: image.license }),
    })),
    imageLists: named(release.imageLists, platform, (name, list) => ({
      ...source('imageLists', name, list),
      except: new Map(
        Object.entries(list.except ?? {}).map(([repository, why]) => [repositoryOf(fill(repository)), why]),
      ),
      licenses: new Map(
        Object.entries(list.licenses ?? {}).map(([repository, license]) => [
          repositoryOf(fill(repository)),
          license,
        ]),
      ),
    })),
    imageFiles: named(release.imageFiles, platform, (name, files) => ({
      id: `imageFiles.${name}`,
      name,
      roles: rolesOf(files.roles),
      reference: canonical(fill(files.reference)),
      files: Object.entries(files.files[platform] ?? {}).map(([member, path]) => ({
        member: fill(member),
        path: fill(path),
      })),
      mode: files.mode,
      ...(files.license === undefined ? {} : { license: files.license }),
      software: new Map(
        Object.entries(files.software ?? {}).map(([path, one]) => [
          fill(path),
          expandSoftware(one, variables),
        ]),
      ),
    })),
    charts: named(release.charts, platform, (name, chart) => ({
      ...source('charts', name, chart),
      path: fill(chart.path),
      ...(chart.folder === undefined ? {} : { folder: fill(chart.folder) }),
      chart: bundleChart(name, chart, variables),
      mayPull: chart.mayPull ?? false,
    })),
    notImages: new Set(release.notImages.map(fill)),
    settings: {
      sandboxImage: mapValues(release.settings.sandboxImage, (image) => canonical(fill(image))),
      ...(release.settings.testImage === undefined
        ? {}
        : { testImage: canonical(fill(release.settings.testImage)) }),
      k3sDisable: release.settings.k3sDisable,
    },
  }
}

/** The variables of the templates: the release's own `version`, unless `versions` has that name, its versions, and `arch`. */
export function variablesOf(release: Release, platform: PlatformName): ReadonlyMap<string, string> {
  return new Map([
    ['version', release.version],
    ...Object.entries(release.versions),
    ['arch', archOf(platform)],
  ])
}

/** `docker.io/library/busybox` of `busybox` or `busybox:1.36`. */
export function repositoryOf(reference: string): string {
  const { registry, repository } = parseReference(reference)
  return `${registry}/${repository}`
}

interface SourcePart {
  readonly url: string | Partial<Record<PlatformName, string | undefined>>
  readonly checksum?: Checksum | undefined
  readonly generatedSource?: boolean | undefined
  readonly roles: readonly Role[]
  readonly license?: string | undefined
  readonly software?: Software | undefined
}

function urlFor(
  url: SourcePart['url'],
  platform: PlatformName,
  variables: ReadonlyMap<string, string>,
): string {
  const text = typeof url === 'string' ? url : url[platform]
  return text === undefined ? '' : expandText(text, variables, 'url')
}

function fillChecksum(checksum: Checksum, variables: ReadonlyMap<string, string>): Checksum {
  if ('sha256' in checksum) return checksum
  return {
    url: expandText(checksum.url, variables, 'url'),
    ...(checksum.name === undefined ? {} : { name: expandText(checksum.name, variables) }),
  }
}

function partsOf(file: Release['files'][string]): readonly { member?: string; path: string }[] {
  if (file.members !== undefined) {
    return Object.entries(file.members).map(([member, path]) => ({ member, path }))
  }
  if (file.path === undefined) return []
  return [file.member === undefined ? { path: file.path } : { member: file.member, path: file.path }]
}

function bundleChart(name: string, chart: ReleaseChart, variables: ReadonlyMap<string, string>): BundleChart {
  return {
    name,
    path: expandText(chart.path, variables),
    release: expandText(chart.release, variables),
    namespace: expandText(chart.namespace, variables),
    ...(chart.when === undefined ? {} : { when: chart.when }),
    values: expandValue(chart.values, variables),
    variants: chart.variants.map(({ when, values }) => ({ when, values: expandValue(values, variables) })),
    ...behaviourOf(chart, variables),
  }
}

function behaviourOf(chart: ReleaseChart, variables: ReadonlyMap<string, string>): Partial<BundleChart> {
  const said = Object.entries(chart).filter(([key, value]) => key in CHART_BEHAVIOUR && value !== undefined)
  return expandValue(Object.fromEntries(said), variables)
}

function canonical(reference: string): string {
  return formatReference(parseReference(reference))
}

/** The named parts that are for `platform`, by name. */
function named<P, R>(
  parts: Readonly<Record<string, P>>,
  platform: PlatformName,
  make: (name: string, part: P) => R,
): R[] {
  return Object.entries(parts)
    .filter(([, part]) => (part as { platforms?: readonly string[] }).platforms?.includes(platform) ?? true)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => make(name, part))
}

function mapValues<K extends string>(
  map: Readonly<Partial<Record<K, string | undefined>>>,
  change: (value: string) => string,
): Partial<Record<K, string>> {
  const entries = Object.entries(map) as [K, string | undefined][]
  return Object.fromEntries(
    entries.flatMap(([key, value]) => (value === undefined ? [] : [[key, change(value)]])),
  ) as Partial<Record<K, string>>
}
