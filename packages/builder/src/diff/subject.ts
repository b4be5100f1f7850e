import { stat } from 'node:fs/promises'
import path from 'node:path'
import { type BundleManifest, type JsonObject, PATHS, readManifest } from '@edgelift/bundle'
import { isErrno, readNamed } from '@edgelift/core'
import { fail } from '../codes.ts'
import type { InspectOptions } from '../inspect/inspection.ts'
import { soundManifest } from '../inspect/inspection.ts'
import { readLockText } from '../lock/lock-file.ts'
import type { Lock, LockedPart } from '../lock/schema.ts'
import { lockFileOf } from '../release/load.ts'

/** Content under a name: what two subjects are compared by. */
export interface Content {
  /** A digest or SRI: equal exactly when the content is. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
}

export interface ChartFacts {
  readonly content: Content | undefined
  /** Release name, namespace, condition, values and variants, as the installer uses them. */
  readonly settings: JsonObject
}

/** One side of a comparison, whatever it was read from. */
export interface Subject {
  readonly name: string
  readonly kind: 'archive' | 'directory' | 'manifest' | 'lock'
  readonly versions: ReadonlyMap<string, string>
  /** By reference; by reference and platform in a lock. */
  readonly images: ReadonlyMap<string, Content>
  /** Files that are not images, charts or CRDs, by path. */
  readonly files: ReadonlyMap<string, Content>
  readonly crds: ReadonlyMap<string, Content>
  readonly charts: ReadonlyMap<string, ChartFacts>
  readonly settings: ReadonlyMap<string, string>
  /** The release, and the seal of its lock: what differs in no list above may differ by these. */
  readonly source: ReadonlyMap<string, string>
  /** Bytes of everything named above. */
  readonly size: number
}

/**
 * Reads an archive, an unpacked directory, a `manifest.json` or a lock. Archives and directories are verified first.
 * @throws DIFF_SUBJECT when it is none of these; the first problem of a damaged archive
 */
export async function readSubject(where: string, options: InspectOptions = {}): Promise<Subject> {
  const found = await stat(where).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR'))
      throw notComparable(where, { en: 'no such file', zh: '文件不存在' })
    throw error
  })
  if (/\.ya?ml$/.test(where)) {
    const lock = lockFileOf(where)
    throw notComparable(where, {
      en: `releases are compared by their locks: ${lock}`,
      zh: `比较发布清单须使用其锁定文件：${lock}`,
    })
  }
  if (found.isDirectory()) return ofVerified(where, 'directory', options)
  if (!where.endsWith('.json')) return ofVerified(where, 'archive', options)
  const bytes = await readNamed(where)
  if (bytes.includes('"edgelift/lock/v'))
    return subjectOfLock(readLockText(bytes.toString('utf8'), where), where)
  return subjectOfManifest(readManifest(bytes, where), 'manifest')
}

async function ofVerified(where: string, kind: Subject['kind'], options: InspectOptions): Promise<Subject> {
  return subjectOfManifest(await soundManifest(where, options), kind)
}

/** Pure. */
export function subjectOfManifest(manifest: BundleManifest, kind: Subject['kind']): Subject {
  const contents = new Map(
    manifest.files.map((file): [string, Content] => [
      file.path,
      { digest: `${file.integrity} ${file.mode}`, size: file.size },
    ]),
  )
  const sizeOf = (file: string): number => contents.get(file)?.size ?? 0
  const imageFiles = new Set(manifest.images.map((image) => image.file))
  const chartFiles = new Set(manifest.charts.map((chart) => chart.path))
  const isCrd = (file: string): boolean => file.startsWith('crds/')
  const isOther = (file: string): boolean =>
    !imageFiles.has(file) && !chartFiles.has(file) && !isCrd(file) && !RECORDS.has(file)
  return {
    name: manifest.name,
    kind,
    versions: new Map(Object.entries({ ...manifest.versions, edgelift: manifest.edgelift })),
    images: new Map(
      manifest.images.map((image) => [image.reference, { digest: image.digest, size: sizeOf(image.file) }]),
    ),
    files: new Map([...contents].filter(([file]) => isOther(file))),
    crds: new Map([...contents].filter(([file]) => isCrd(file))),
    charts: new Map(
      manifest.charts.map(({ name, path: file, ...settings }) => [
        name,
        { content: contents.get(file), settings: settings as unknown as JsonObject },
      ]),
    ),
    settings: new Map(
      [
        ...Object.entries(manifest.settings),
        ...manifest.options.map((one) => [`option ${one.name}`, one] as const),
      ].map(([name, value]) => [name, JSON.stringify(value)]),
    ),
    source: sourceOf(manifest.release, manifest.lock),
    size: manifest.files.reduce((sum, file) => sum + file.size, 0),
  }
}

/** Files that say of an archive what the comparison says anyway. */
const RECORDS: ReadonlySet<string> = new Set([
  PATHS.sbom,
  PATHS.provenance,
  PATHS.provenanceEnvelope,
  PATHS.imageList,
  PATHS.version,
])

/** Pure. */
function subjectOfLock(lock: Lock, where: string): Subject {
  const images = lock.images.map((image): [string, Content] => [
    `${image.reference} (${image.platform})`,
    {
      digest: image.manifest.digest,
      size: [image.config, ...image.layers].reduce((sum, blob) => sum + blob.size, 0),
    },
  ])
  const partOf = (part: LockedPart, platforms: readonly string[]): [string, Content] => [
    `${part.path} (${platforms.join(', ')})`,
    { digest: `${part.digest} ${part.mode}`, size: part.size },
  ]
  const parts = [
    ...lock.downloads.flatMap(({ parts, platforms }) => parts.map((part) => partOf(part, platforms))),
    ...lock.images.flatMap(({ files, platform }) => files.map((part) => partOf(part, [platform]))),
  ]
  return {
    name: path.basename(where),
    kind: 'lock',
    versions: new Map([[lock.release.name, lock.release.version]]),
    images: new Map(images),
    files: new Map(parts.filter(([name]) => !name.startsWith('crds/'))),
    crds: new Map(parts.filter(([name]) => name.startsWith('crds/'))),
    charts: new Map(),
    settings: new Map(),
    source: sourceOf(lock.release, lock.seal),
    size: [...images, ...parts].reduce((sum, [, content]) => sum + content.size, 0),
  }
}

function sourceOf({ name, version }: Lock['release'] | BundleManifest['release'], seal: string) {
  return new Map([
    ['release', `${name} ${version}`],
    ['lock', seal],
  ])
}

/**
 * A lock names images and downloads for all platforms and roles, an archive what is packed for one of each: compared, every line
 * would differ.
 * @throws DIFF_SUBJECT
 */
export function requireSameKind(a: Subject, b: Subject): void {
  if ((a.kind === 'lock') === (b.kind === 'lock')) return
  const [lock, archive] = a.kind === 'lock' ? [a, b] : [b, a]
  throw fail('DIFF_SUBJECT', {
    what: {
      en: `cannot compare ${lock.name} with ${archive.name}`,
      zh: `无法比较 ${lock.name} 与 ${archive.name}`,
    },
    because: {
      en: 'a lock covers all roles and platforms, an archive one of each',
      zh: '锁定文件涵盖全部角色和平台，而离线包只对应其中一种',
    },
    fix: {
      en: 'compare two locks, or two archives; the field lock of an archive’s manifest.json is the seal of the lock that it was built from',
      zh: '请比较两个锁定文件，或两个离线包；离线包 manifest.json 中的 lock 字段即其构建所用锁定文件的 seal',
    },
  })
}

function notComparable(where: string, because: { en: string; zh: string }): Error {
  return fail('DIFF_SUBJECT', {
    what: { en: `cannot compare ${where}`, zh: `无法比较 ${where}` },
    because,
    fix: {
      en: 'give an archive, an unpacked directory, a manifest.json or a .lock.json',
      zh: '请给出离线包、已解包的目录、manifest.json 或 .lock.json',
    },
  })
}
