import {
  type BundleManifest,
  hexOfIntegrity,
  type PlatformName,
  type Role,
  readManifest,
} from '@edgelift/bundle'
import { type Digest, hexOf, type Report, readNamed } from '@edgelift/core'
import { verifyAny } from '../inspect/inspection.ts'
import { readLockText } from '../lock/lock-file.ts'
import type { Lock } from '../lock/schema.ts'

/** What an older archive of one role and platform holds: everything that a delta against it need not carry. */
export interface Older {
  readonly name: string
  readonly version: string
  /** SHA-256 in hexadecimal, of files and of the blobs inside image tarballs. */
  readonly contents: ReadonlySet<string>
}

/** Finds the older archive for a role and platform; undefined where the source knows none. */
export type OlderArchives = (role: Role, platform: PlatformName) => Older | undefined

/**
 * Reads what `--since` names: an archive or its directory (verified), its `manifest.json`, or a lock.
 * @throws what the audit of a damaged archive reports; LOCK_INVALID, MANIFEST_INVALID
 */
export async function olderArchives(where: string, report: Report): Promise<OlderArchives> {
  if (!where.endsWith('.json')) {
    const { manifest, problems } = await verifyAny(where, { report })
    const [first] = problems
    if (first !== undefined) throw first
    return ofManifest(manifest)
  }
  const bytes = await readNamed(where)
  if (bytes.includes('"edgelift/lock/v1"')) return ofLock(readLockText(bytes.toString('utf8'), where))
  return ofManifest(readManifest(bytes, where))
}

function ofManifest(manifest: BundleManifest): OlderArchives {
  const blobs = manifest.images.flatMap((image) => [image.digest, ...image.blobs])
  const contents = new Set([
    ...manifest.files.map((file) => hexOfIntegrity(file.integrity)),
    ...blobs.map((digest) => hexOf(digest as Digest)),
  ])
  const older = { name: manifest.release.name, version: manifest.release.version, contents }
  return (role, platform) => (role === manifest.role && platform === manifest.platform ? older : undefined)
}

function ofLock(lock: Lock): OlderArchives {
  const { name, version } = lock.release
  return (role, platform) => {
    const images = lock.images.filter((image) => image.platform === platform)
    const packed = images.filter((image) => image.packed && image.roles.includes(role))
    const downloads = lock.downloads.filter(
      (download) => download.roles.includes(role) && download.platforms.includes(platform),
    )
    const digests = [
      ...downloads.flatMap((download) => download.parts.map((part) => part.digest)),
      ...images.flatMap((image) =>
        image.files.filter((file) => file.roles.includes(role)).map((file) => file.digest),
      ),
      ...packed.flatMap((image) =>
        [image.manifest, image.config, ...image.layers].map((blob) => blob.digest),
      ),
    ]
    return { name, version, contents: new Set(digests.map(hexOf)) }
  }
}
