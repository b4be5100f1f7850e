import {
  DELTA_PATHS,
  foldedPath,
  imageFileName,
  isArchiveName,
  isSafePath,
  LAUNCHERS,
  LEFT_BY_INSTALLATION,
  PATHS,
  type Role,
} from '@edgelift/bundle'
import { hasActing } from '@edgelift/core'
import { error, type Finding } from '../findings.ts'
import type { PlatformRelease } from './expand.ts'

/** What edgelift writes itself, folded: into each archive, into a delta, and into its directory on a node. */
const OWN_FILES: ReadonlySet<string> = new Set(
  [
    PATHS.manifest,
    PATHS.sums,
    PATHS.signature,
    PATHS.sbom,
    PATHS.provenance,
    PATHS.provenanceEnvelope,
    PATHS.imageList,
    PATHS.answers,
    PATHS.readme,
    PATHS.version,
    PATHS.installer,
    ...LAUNCHERS,
    DELTA_PATHS.recipe,
    ...LEFT_BY_INSTALLATION,
  ].map(foldedPath),
)

/** Folders that edgelift fills itself, folded. */
const OWN_FOLDERS = [PATHS.images, `${PATHS.docs}/en`, `${PATHS.docs}/zh-CN`, PATHS.licenses].map(foldedPath)

interface Place {
  readonly id: string
  readonly roles: readonly Role[]
  readonly path: string
}

/** Paths that leave the archive, hit what edgelift writes itself, or each other; and archive names. */
export function checkPaths(platforms: readonly PlatformRelease[]): Finding[] {
  return [
    ...platforms.flatMap((release) => [
      ...checkArchiveNames(release),
      ...placesOf(release).flatMap(checkPlace),
      ...checkClashes(release),
      ...checkImages(release),
    ]),
    ...checkSameNames(platforms),
  ]
}

function placesOf(release: PlatformRelease): Place[] {
  return [
    ...release.files.flatMap(({ id, roles, parts }) => parts.map(({ path }) => ({ id, roles, path }))),
    ...release.imageFiles.flatMap(({ id, roles, files }) => files.map(({ path }) => ({ id, roles, path }))),
    ...release.charts.map(({ id, roles, path }) => ({ id, roles, path })),
  ]
}

function checkPlace({ id, path }: Place): Finding[] {
  if (!isSafePath(path) || hasActing(path)) {
    return [
      error('PATH_UNSAFE', id, {
        en: `"${path}" leaves the archive, or its nodes or checksum lists cannot hold it: write a relative path without "." and ".." parts, blanks in front, or names of more than 255 bytes`,
        zh: `"${path}" 越出离线包，或节点、校验和列表无法容纳：请写相对路径，不含 "."、".."，开头没有空格，每级名称不超过 255 字节`,
      }),
    ]
  }
  const key = foldedPath(path)
  const isOwn = OWN_FOLDERS.some((own) => `${key}/`.startsWith(`${own}/`) || own.startsWith(`${key}/`))
  if (OWN_FILES.has(key) || isOwn) {
    return [
      error('PATH_RESERVED', id, {
        en: `"${path}" is written by edgelift itself: choose another path`,
        zh: `"${path}" 由 edgelift 自己写入：请换一个路径`,
      }),
    ]
  }
  return []
}

/** Within one role: the same path twice (as {@link foldedPath}), or a file where another one needs a folder. */
function checkClashes(release: PlatformRelease): Finding[] {
  const findings: Finding[] = []
  for (const role of Object.keys(release.archives) as Role[]) {
    const places = placesOf(release).filter(({ roles }) => roles.includes(role))
    const owners = new Map<string, string>([...OWN_FILES].map((path) => [path, 'edgelift']))
    for (const { id, path } of places) {
      const other = owners.get(foldedPath(path))
      if (other === undefined) owners.set(foldedPath(path), id)
      else if (other !== 'edgelift') findings.push(clash(id, other, path, role))
    }
    for (const { id, path } of places) {
      const parts = path.split('/')
      for (let length = 1; length < parts.length; length++) {
        const folder = parts.slice(0, length).join('/')
        const other = owners.get(foldedPath(folder))
        if (other !== undefined) findings.push(clash(id, other, folder, role))
      }
    }
  }
  return findings
}

function clash(id: string, other: string, path: string, role: Role): Finding {
  return error('PATH_TWICE', id, {
    en: `"${path}" of the ${role} archive is also the place of ${other}`,
    zh: `${role} 离线包中的 "${path}" 也是 ${other} 的位置`,
  })
}

/**
 * One image under two names for the same role, two images whose tarballs would have one file name (a host is written in any
 * case), or one whose tarball has a name that no file system takes.
 */
function checkImages(release: PlatformRelease): Finding[] {
  const findings = release.images.flatMap(({ id, reference }) =>
    isSafePath(`${PATHS.images}/${imageFileName(reference)}`) ? [] : [longName(id, reference)],
  )
  const seen = new Map<string, { id: string; reference: string }>()
  for (const { id, reference, roles } of release.images) {
    for (const role of roles) {
      const key = `${role} ${foldedPath(imageFileName(reference))}`
      const other = seen.get(key)
      if (other === undefined) seen.set(key, { id, reference })
      else {
        findings.push(
          error('IMAGE_TWICE', id, {
            en: `${reference} is also ${other.id}${other.reference === reference ? '' : `, whose file ${imageFileName(reference)} it would replace`}: keep one`,
            zh: `${reference} 与 ${other.id} 重复：请保留一个`,
          }),
        )
      }
    }
  }
  return findings
}

function longName(id: string, reference: string): Finding {
  return error('PATH_UNSAFE', id, {
    en: `the file name of ${reference} would have more than 255 bytes: use a mirror with a shorter repository name`,
    zh: `${reference} 的文件名将超过 255 字节：请改用仓库路径更短的镜像源`,
  })
}

function checkArchiveNames(release: PlatformRelease): Finding[] {
  const names = Object.entries(release.archives)
  return names.flatMap(([role, name]) =>
    isArchiveName(name)
      ? []
      : [
          error('PATH_UNSAFE', `archives.${role}`, {
            en: `"${name}" cannot be a file name everywhere: letters, digits, ".", "+", "_" and "-" only, at most 220`,
            zh: `"${name}" 不能作为文件名：只允许字母、数字和 "."、"+"、"_"、"-"，最长 220 个字符`,
          }),
        ],
  )
}

/** Archives that would replace each other in the folder that they are written to. */
function checkSameNames(platforms: readonly PlatformRelease[]): Finding[] {
  const owners = new Map<string, { readonly role: string; readonly name: string }>()
  return platforms.flatMap(({ archives }) =>
    Object.entries(archives).flatMap(([role, name]) => {
      const other = owners.get(foldedPath(name))
      owners.set(foldedPath(name), other ?? { role, name })
      if (other === undefined) return []
      return [other.role === role ? samePlatforms(role, name) : sameRoles(other.name === name)]
    }),
  )
}

function samePlatforms(role: string, name: string): Finding {
  return error('PATH_TWICE', `archives.${role}`, {
    en: `the archives of all platforms are named "${name}": put \${arch} into the name, or set "platforms" to one of them`,
    zh: `各平台的离线包都名为 "${name}"：请在名称中加入 \${arch}，或将 "platforms" 设为单个平台`,
  })
}

function sameRoles(isEqual: boolean): Finding {
  return error('PATH_TWICE', 'archives', {
    en: isEqual
      ? 'two roles have the same archive name'
      : 'two roles have archive names that differ in case only, which some media take for one',
    zh: isEqual ? '两个角色的离线包同名' : '两个角色的离线包名称仅大小写不同，某些介质会视为同名',
  })
}
