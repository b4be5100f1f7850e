import { PLATFORMS, Requirer, ROLES, VERSION, VERSION_WORDS } from '@edgelift/bundle'
import { type Digest, isDigest } from '@edgelift/core'
import { z } from 'zod'

/**
 * The lock: everything that a release means today, by digest. `build` reads nothing else of the network: no
 * reference is resolved again. Written as JSON with sorted lists, so that a diff shows what upstream has changed.
 */

const Sha256 = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'a sha256 digest')
const Size = z.number().int().nonnegative()
const Platform = z.enum(PLATFORMS)

const Blob = z.strictObject({ mediaType: z.string(), digest: Sha256, size: Size })
export type LockedBlob = z.infer<typeof Blob>

/** A file as it will lie in the archive. */
const Part = z.strictObject({
  /** In the archive. */
  path: z.string(),
  /** In the downloaded tarball, or in the image; absent where the download itself is the file. */
  member: z.string().optional(),
  mode: z.enum(['0644', '0755']),
  digest: Sha256,
  size: Size,
  placeholder: z.boolean().optional(),
})
export type LockedPart = z.infer<typeof Part>

export const LockedDownload = z.strictObject({
  /** The name in the release: `files.k3s`, `charts.edgemesh`, `imageLists.k3s`. */
  name: z.string(),
  roles: z.array(z.enum(ROLES)),
  /** The platforms that this very download serves. */
  platforms: z.array(Platform),
  url: z.string(),
  /** Absent where the tarball is regenerated at each request (`generatedSource`). */
  digest: Sha256.optional(),
  size: Size.optional(),
  trust: z.enum(['upstream-checksum', 'release-digest', 'first-use']),
  /** Upstream's checksum file and what it said, as SRI in upstream's algorithm. */
  checksumUrl: z.string().optional(),
  upstreamIntegrity: z.string().optional(),
  /** What of it goes into the archive. Empty for a list that is only read. */
  parts: z.array(Part),
  neededBy: z.array(Requirer),
  license: z.string().optional(),
})
export type LockedDownload = z.infer<typeof LockedDownload>

export const LockedImage = z.strictObject({
  reference: z.string(),
  platform: Platform,
  roles: z.array(z.enum(ROLES)),
  /** The index that the tag pointed to, where there is one. */
  index: Sha256.optional(),
  manifest: Blob,
  config: Blob,
  layers: z.array(Blob),
  /** Why it is in each archive. Empty for an image that only `imageFiles` reads. */
  neededBy: z.array(Requirer.extend({ role: z.enum(ROLES) })),
  /** Files taken out of its layers (`imageFiles.NAME`). */
  files: z.array(Part.extend({ name: z.string(), roles: z.array(z.enum(ROLES)) })),
  /** Whether the image itself goes into the archives. */
  packed: z.boolean(),
  placeholder: z.boolean().optional(),
  license: z.string().optional(),
})
export type LockedImage = z.infer<typeof LockedImage>

export const Lock = z.strictObject({
  format: z.literal('edgelift/lock/v1'),
  release: z.strictObject({
    name: z.string(),
    version: z.string().regex(VERSION, VERSION_WORDS),
    /** Of the release as used (after `extends`), in canonical JSON: another value means that the lock is stale. */
    digest: Sha256,
  }),
  downloads: z.array(LockedDownload),
  images: z.array(LockedImage),
  /** Of everything above in canonical JSON: another value means that the lock was edited by hand. */
  seal: Sha256,
})
export type Lock = z.infer<typeof Lock>
