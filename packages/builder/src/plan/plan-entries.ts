import {
  imageFileName,
  LAUNCHERS,
  PATHS,
  type PlatformName,
  type Requirer,
  type Role,
  requirerOf,
} from '@edgelift/bundle'
import { EDGELIFT_VERSION } from '@edgelift/core'
import type { Lock, LockedImage } from '../lock/schema.ts'
import type { PlanEntry } from './archive-plan.ts'
import type { InstallerFiles } from './installer-files.ts'

/** Downloads, and what is taken out of them. */
export function downloadEntries(lock: Lock, role: Role, platform: PlatformName): PlanEntry[] {
  return lock.downloads
    .filter((download) => download.roles.includes(role) && download.platforms.includes(platform))
    .flatMap((download) =>
      download.parts.map((part) => ({
        path: part.path,
        mode: part.mode,
        compress: !isCompressed(part.path),
        origin: {
          kind: 'url' as const,
          url: download.url,
          ...(part.member === undefined ? {} : { member: part.member }),
          trust: download.trust,
          ...(download.checksumUrl === undefined ? {} : { checksumUrl: download.checksumUrl }),
        },
        neededBy: download.neededBy,
        content: { kind: 'blob' as const, digest: part.digest, size: part.size },
      })),
    )
}

/** Files taken out of the layers of images. */
export function imageFileEntries(lock: Lock, role: Role, platform: PlatformName): PlanEntry[] {
  return lock.images
    .filter((image) => image.platform === platform)
    .flatMap((image) =>
      image.files
        .filter((file) => file.roles.includes(role))
        .map((file) => ({
          path: file.path,
          mode: file.mode,
          compress: true,
          origin: {
            kind: 'image-file' as const,
            reference: image.reference,
            digest: image.manifest.digest,
            member: file.member ?? '',
          },
          neededBy: [requirerOf({ kind: 'installer', name: role, detail: file.name })],
          content: { kind: 'blob' as const, digest: file.digest, size: file.size },
        })),
    )
}

/** The tarball of an image. */
export function imageEntry(image: LockedImage, role: Role): PlanEntry {
  return {
    path: imagePath(image),
    mode: '0644',
    compress: !image.layers.every((layer) => /[+.](gzip|zstd)$/.test(layer.mediaType)),
    origin: { kind: 'image', reference: image.reference, digest: image.manifest.digest },
    neededBy: requirersOf(image, role),
    content: { kind: 'image', image },
  }
}

/** The installer, its launchers and pages, as far as they are for a role. */
export function installerEntries(installer: InstallerFiles, role: Role): PlanEntry[] {
  return [...installer]
    .filter(([path]) => !path.startsWith(LICENSE_FOLDER))
    .filter(([path]) => path !== PATHS.installKubeEdgeOnly || role === 'cloud')
    .map(([path, bytes]) => ours(path, bytes, LAUNCHERS.includes(path) ? '0755' : '0644'))
}

const LICENSE_FOLDER = `${PATHS.licenses}/`

/** The texts of these licences, as far as the builder carries them. */
export function licenseEntries(installer: InstallerFiles, ids: ReadonlySet<string>): PlanEntry[] {
  return [...installer]
    .filter(
      ([path]) =>
        path.startsWith(LICENSE_FOLDER) && ids.has(path.slice(LICENSE_FOLDER.length).replace(/\.txt$/, '')),
    )
    .map(([path, bytes]) => ours(path, bytes, '0644'))
}

/** Bytes that edgelift writes itself. */
export function ours(path: string, bytes: Uint8Array, mode: '0644' | '0755'): PlanEntry {
  return {
    path,
    mode,
    compress: true,
    origin: { kind: 'edgelift', version: EDGELIFT_VERSION },
    neededBy: [],
    content: { kind: 'bytes', bytes },
  }
}

/** Who requires an image on the nodes of a role. */
export function requirersOf(image: LockedImage, role: Role): Requirer[] {
  return image.neededBy.filter((reason) => reason.role === role).map(({ role: _, ...requirer }) => requirer)
}

/** Where an image’s tarball lies in an archive. */
export function imagePath(image: LockedImage): string {
  return `${PATHS.images}/${imageFileName(image.reference)}`
}

/** Told by the name and not by probing, so that the same release is always packed the same way. */
function isCompressed(path: string): boolean {
  return /\.(tgz|gz|zst|xz|bz2|zip)$/.test(path)
}
