import { JsonObject, PLATFORMS, ROLES, When } from '@edgelift/bundle'
import { z } from 'zod'

/**
 * A release: what goes into the archives, for people to read and write (`manifests/*.yaml`). Named parts are maps,
 * so that a release that `extends` another one replaces or removes (`null`) them by name.
 *
 * Strings may hold `${name}` of `versions`, and `${arch}` (`amd64`, `arm64`) where something differs by platform; in
 * a URL the value is percent-encoded (`v1.34.2+k3s1` becomes `v1.34.2%2Bk3s1`).
 */

const Name = z.string().regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'lower-case letters, digits, "-" and "."')
const Roles = z.array(z.enum(ROLES)).min(1)
const Platforms = z.array(z.enum(PLATFORMS)).min(1)
const Mode = z.enum(['0644', '0755'])
const Hex256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal')
/** One URL with `${arch}`, or one per platform. */
const Url = z.union([z.string().min(1), z.partialRecord(z.enum(PLATFORMS), z.string().min(1))])
const Words = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) })

/**
 * How a download is trusted. `url`: upstream's checksum file, a list of `hash  name` lines or one bare hash (told
 * apart by reading it, the algorithm by the hash's length). `sha256`: a digest that is known here. Neither: the
 * first use is pinned in the lock, and said so.
 */
export const Checksum = z.union([
  z.strictObject({ url: z.string(), name: z.string().optional() }),
  z.strictObject({ sha256: Hex256 }),
])
export type Checksum = z.infer<typeof Checksum>

const Source = {
  url: Url,
  checksum: Checksum.optional(),
  /** The URL is made anew by a forge at each request: the lock holds what is taken out of it, not the tarball. */
  generatedSource: z.boolean().optional(),
}

/** A file of the archive: a download, or one member of a downloaded tarball. */
export const ReleaseFile = z.strictObject({
  ...Source,
  roles: Roles,
  platforms: Platforms.optional(),
  /** Where it lies in the archive. */
  path: z.string().optional(),
  member: z.string().optional(),
  mode: Mode.default('0644'),
  /** Several members of one tarball: member to path, all with `mode`. */
  members: z.record(z.string(), z.string()).optional(),
  /** Kubernetes objects: the pods in them are askers of the closure gate. */
  kubernetes: z.boolean().optional(),
  /** SPDX identifier, for the SBOM. */
  license: z.string().optional(),
})
export type ReleaseFile = z.infer<typeof ReleaseFile>

export const ReleaseImage = z.strictObject({
  reference: z.string(),
  roles: Roles,
  platforms: Platforms.optional(),
  when: When.optional(),
  license: z.string().optional(),
})
export type ReleaseImage = z.infer<typeof ReleaseImage>

/** Images that an upstream list names (`k3s-images.txt`): the source of those images, and the drift gate's measure. */
export const ReleaseImageList = z.strictObject({
  ...Source,
  roles: Roles,
  /** Repositories of the list that are left out, each with the reason. */
  except: z.record(z.string(), z.string()).optional(),
})
export type ReleaseImageList = z.infer<typeof ReleaseImageList>

/** Files that are taken out of an image's layers: a program together with the libraries that it needs. */
export const ReleaseImageFiles = z.strictObject({
  reference: z.string(),
  roles: Roles,
  /** Per platform: absolute path in the image to path in the archive. */
  files: z.partialRecord(z.enum(PLATFORMS), z.record(z.string(), z.string())),
  mode: Mode.default('0755'),
  license: z.string().optional(),
})
export type ReleaseImageFiles = z.infer<typeof ReleaseImageFiles>

export const ReleaseChart = z.strictObject({
  ...Source,
  roles: Roles,
  /** Where it lies in the archive, as a packed chart. */
  path: z.string(),
  /** The chart's folder in a source tarball, packed anew; without it the download is a packed chart. */
  folder: z.string().optional(),
  /** Helm's release name. */
  release: z.string(),
  namespace: z.string(),
  when: When.optional(),
  values: JsonObject.default({}),
  variants: z.array(z.strictObject({ when: When, values: JsonObject })).default([]),
  license: z.string().optional(),
})
export type ReleaseChart = z.infer<typeof ReleaseChart>

export const ReleaseOption = z.strictObject({ title: Words, default: z.boolean().default(false) })
export type ReleaseOption = z.infer<typeof ReleaseOption>

/** The release as it is used: after `extends` is followed. */
export const Release = z.strictObject({
  format: z.literal('edgelift/release/v1'),
  name: Name,
  version: z.string().min(1),
  /** Component versions, and the variables of the templates. */
  versions: z.record(z.string(), z.string()),
  platforms: Platforms.default([...PLATFORMS]),
  /** The archives' names without suffix. A role without a name is not built. */
  archives: z.partialRecord(z.enum(ROLES), z.string()),
  options: z.record(Name, ReleaseOption).default({}),
  files: z.record(Name, ReleaseFile).default({}),
  images: z.record(Name, ReleaseImage).default({}),
  imageLists: z.record(Name, ReleaseImageList).default({}),
  imageFiles: z.record(Name, ReleaseImageFiles).default({}),
  charts: z.record(Name, ReleaseChart).default({}),
  settings: z
    .strictObject({
      /** The sandbox image that the installer configures. Left out: what the runtime of that role asks for itself. */
      sandboxImage: z.partialRecord(z.enum(ROLES), z.string()).default({}),
      testImage: z.string().optional(),
      k3sDisable: z.array(z.string()).default([]),
    })
    .default({ sandboxImage: {}, k3sDisable: [] }),
})
export type Release = z.infer<typeof Release>

/** What one file holds: a release, or what it changes of the one that it `extends` (`null` removes a named part). */
export const EXTENDS = 'extends'
