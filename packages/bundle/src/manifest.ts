import { z } from 'zod'
import { CHART_BEHAVIOUR, ChartNamespace, ChartRelease } from './chart-behaviour.ts'
import { Requirer, When } from './requirer.ts'
import { ARCHIVE_NAME_WORDS, isArchiveName, VERSION, VERSION_WORDS } from './safe-path.ts'

/** The two kinds of node. */
export const ROLES = ['cloud', 'edge'] as const
export type Role = (typeof ROLES)[number]

/** The platforms that archives are made for, as OCI writes them. */
export const PLATFORMS = ['linux/amd64', 'linux/arm64'] as const
export type PlatformName = (typeof PLATFORMS)[number]

/** `amd64` of `linux/amd64`: the word that stands in file names. */
export function archOf(platform: PlatformName): 'amd64' | 'arm64' {
  return platform === 'linux/amd64' ? 'amd64' : 'arm64'
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

const Json: z.ZodType<Json> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(Json), z.record(z.string(), Json)]),
)
export const JsonObject: z.ZodType<JsonObject> = z.record(z.string(), Json)

const Words = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) })

/** Where a file came from. */
export const Origin = z.union([
  z.strictObject({
    kind: z.literal('url'),
    url: z.string(),
    /** The path inside the downloaded tarball, where the file is a part of one. */
    member: z.string().optional(),
    /** How its bytes were trusted: by upstream's own checksum file, by a digest in the release, or at first use. */
    trust: z.enum(['upstream-checksum', 'release-digest', 'first-use']),
    checksumUrl: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('image'), reference: z.string(), digest: z.string() }),
  z.strictObject({
    kind: z.literal('image-file'),
    reference: z.string(),
    digest: z.string(),
    member: z.string(),
  }),
  z.strictObject({ kind: z.literal('edgelift'), version: z.string() }),
])
export type Origin = z.infer<typeof Origin>

export const BundleFile = z.strictObject({
  /** Relative to the archive's top directory, `/` between the parts. */
  path: z.string(),
  /** Bytes. */
  size: z.number().int().nonnegative(),
  /** Permission bits in octal, `0644` or `0755`. */
  mode: z.enum(['0644', '0755']),
  /** Subresource Integrity (W3C SRI), sha256. */
  integrity: z.string().regex(/^sha256-[A-Za-z0-9+/]{43}=$/, 'a Subresource Integrity value (sha256-…)'),
  origin: Origin,
  neededBy: z.array(Requirer),
})
export type BundleFile = z.infer<typeof BundleFile>

export const BundleImage = z.strictObject({
  /** The exact name under which containerd must know it: registry, repository and tag. */
  reference: z.string(),
  /** The digest of the platform's manifest. */
  digest: z.string(),
  platform: z.enum(PLATFORMS),
  /** Path of the image tarball in the archive. */
  file: z.string(),
  /** Digests of its config and layers, sorted: what a delta against this archive need not carry. */
  blobs: z.array(z.string()).default([]),
  neededBy: z.array(Requirer),
})
export type BundleImage = z.infer<typeof BundleImage>

/** A chart that the installer installs, and the values with which the builder has rendered it. */
export const BundleChart = z.strictObject({
  name: z.string(),
  path: z.string(),
  release: ChartRelease,
  namespace: ChartNamespace,
  when: When.optional(),
  /** May hold `{ $setting: NAME }` in place of a value. */
  values: JsonObject,
  /** Merged over `values`, in this order, when their condition holds. */
  variants: z.array(z.strictObject({ when: When, values: JsonObject })),
  ...CHART_BEHAVIOUR,
})
export type BundleChart = z.infer<typeof BundleChart>

export const BundleOption = z.strictObject({
  name: z.string(),
  title: Words,
  default: z.boolean(),
  /** Options that have to be chosen with it. */
  requires: z.array(z.string()).optional(),
})
export type BundleOption = z.infer<typeof BundleOption>

/** `manifest.json` of an archive: everything that is in it, from where, and what for. */
export const BundleManifest = z.strictObject({
  format: z.literal('edgelift/bundle/v1'),
  /** The top directory's name: the archive's name without its suffix. */
  name: z.string().refine(isArchiveName, ARCHIVE_NAME_WORDS),
  role: z.enum(ROLES),
  platform: z.enum(PLATFORMS),
  release: z.strictObject({ name: z.string(), version: z.string().regex(VERSION, VERSION_WORDS) }),
  /** The digest of the lock that the archive was built from. */
  lock: z.string(),
  /** The edgelift that built it. */
  edgelift: z.string(),
  /** Component versions: kubeedge, edgemesh, k3s, containerd, … */
  versions: z.record(z.string(), z.string()),
  /**
   * All bytes of the archive before the gzip member in which `manifest.json` begins: so the manifest vouches for every
   * header, border and order, not only for contents. Bytes and SHA-256 in hexadecimal.
   */
  packed: z.strictObject({
    size: z.number().int().nonnegative(),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  files: z.array(BundleFile),
  images: z.array(BundleImage),
  charts: z.array(BundleChart),
  options: z.array(BundleOption),
  settings: z.strictObject({
    /** The image that containerd's sandbox must use on this role's nodes. */
    sandboxImage: z.string(),
    /** The image of `edgelift verify`'s functional test. */
    testImage: z.string(),
    /** What K3s is told to leave out. */
    k3sDisable: z.array(z.string()),
  }),
  /** Paths and references whose content only stands for the real thing. Such an archive is not installed. */
  placeholders: z.array(z.string()),
})
export type BundleManifest = z.infer<typeof BundleManifest>
