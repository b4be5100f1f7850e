import {
  type BundleManifest,
  hexOfIntegrity,
  type PlatformName,
  type Role,
  readManifest,
} from '@edgelift/bundle'
import {
  type Digest,
  EdgeliftError,
  fileErrorWords,
  hexOf,
  isErrno,
  type Report,
  readNamed,
  type Text,
} from '@edgelift/core'
import { fail } from '../codes.ts'
import { soundManifest } from '../inspect/inspection.ts'
import { readLockText } from '../lock/lock-file.ts'
import type { Lock } from '../lock/schema.ts'

/** What an older archive of one role and platform holds: everything that a delta against it need not carry. */
export interface Older {
  readonly name: string
  readonly version: string
  /** SHA-256 in hexadecimal, of files and of the blobs inside image tarballs. */
  readonly contents: ReadonlySet<string>
}

/** What `--since` names. */
export interface OlderArchives {
  /** The file or directory, which a build does not overwrite. */
  readonly where: string
  readonly release: { readonly name: string; readonly version: string }
  /** The one archive that it knows; undefined for a lock, which knows all. */
  readonly only?: { readonly role: Role; readonly platform: PlatformName }
  /** The older archive for a role and platform; undefined where there is none. */
  find(role: Role, platform: PlatformName): Older | undefined
}

/**
 * Reads what `--since` names: an archive or its directory (verified), its `manifest.json`, or a lock.
 * @throws OLDER_ARCHIVE_MISSING, NOT_A_BUNDLE, FILE_NOT_REGULAR for anything else; what the audit of a damaged archive reports;
 *   LOCK_INVALID, MANIFEST_INVALID
 */
export async function olderArchives(where: string, report: Report): Promise<OlderArchives> {
  try {
    return where.endsWith('.json') ? await ofDocument(where) : await ofArchive(where, report)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ENXIO'))
      throw notOlder(where, fileErrorWords(error))
    if (!(error instanceof EdgeliftError && ['NOT_A_BUNDLE', 'FILE_NOT_REGULAR'].includes(error.code)))
      throw error
    const { code, exit, what, because } = error
    throw new EdgeliftError(code, exit, {
      what,
      ...(because === undefined ? {} : { because }),
      fix: WHAT_TO_NAME,
    })
  }
}

async function ofArchive(where: string, report: Report): Promise<OlderArchives> {
  return ofManifest(await soundManifest(where, { report }), where)
}

async function ofDocument(where: string): Promise<OlderArchives> {
  const bytes = await readNamed(where)
  if (bytes.includes('"edgelift/lock/v')) return ofLock(readLockText(bytes.toString('utf8'), where), where)
  if (bytes.includes('"edgelift/bundle/v')) return ofManifest(readManifest(bytes, where), where)
  throw notOlder(where, {
    en: bytes.length === 0 ? 'it is empty' : 'it is neither a manifest.json nor a .lock.json',
    zh: bytes.length === 0 ? '文件为空' : '既不是 manifest.json，也不是 .lock.json',
  })
}

const WHAT_TO_NAME: Text = {
  en: 'give --since the older archive (.tar.gz, or one of its parts), its directory, its manifest.json, or its .lock.json',
  zh: '请用 --since 指定旧离线包（.tar.gz 或其分卷之一）、其解包目录、其 manifest.json 或其 .lock.json',
}

function notOlder(where: string, because: Text): Error {
  return fail('OLDER_ARCHIVE_MISSING', {
    what: { en: `${where} is not an older archive`, zh: `${where} 不是旧离线包` },
    because,
    fix: WHAT_TO_NAME,
  })
}

function ofManifest(manifest: BundleManifest, where: string): OlderArchives {
  const blobs = manifest.images.flatMap((image) => [image.digest, ...image.blobs])
  const contents = new Set([
    ...manifest.files.map((file) => hexOfIntegrity(file.integrity)),
    ...blobs.map((digest) => hexOf(digest as Digest)),
  ])
  const { release, role, platform } = manifest
  const isSame = (asked: Role, on: PlatformName) => asked === role && on === platform
  return {
    where,
    release,
    only: { role, platform },
    find: (asked, on) => (isSame(asked, on) ? { ...release, contents } : undefined),
  }
}

function ofLock(lock: Lock, where: string): OlderArchives {
  const { name, version } = lock.release
  const find: OlderArchives['find'] = (role, platform) => {
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
  return { where, release: { name, version }, find }
}
