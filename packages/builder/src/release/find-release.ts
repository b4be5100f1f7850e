import { readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, nearest, readNamedText } from '@edgelift/core'
import { fail } from '../codes.ts'

export interface FindOptions {
  /** Folders in which a release is found by its name, in this order (`manifests/`). */
  readonly folders: readonly string[]
  /** Releases that are found by name when no folder has them: file name to text. */
  readonly carried?: ReadonlyMap<string, string>
}

/** A release's text, and the file that it was read from or stands for. */
export interface Source {
  readonly file: string
  readonly subject: string
  readonly isCarried: boolean
  /** Tells two sources apart: the file's real path, or its name among the carried ones. */
  readonly identity: string
  readonly text: string
}

/** @param folders where to look; `undefined` is the working directory, where only a path counts. @throws RELEASE_NOT_FOUND */
export async function findRelease(
  name: string,
  folders: readonly (string | undefined)[],
  { carried = new Map() }: FindOptions,
): Promise<Source> {
  const names = /\.(ya?ml|json)$/.test(name) ? [name] : [`${name}.yaml`, `${name}.yml`, name]
  for (const folder of folders) {
    for (const candidate of names) {
      const file = folder === undefined ? candidate : path.resolve(folder, candidate)
      const text = await readIfFile(file)
      if (text !== undefined)
        return { file, subject: file, isCarried: false, identity: await identityOf(file), text }
    }
  }
  for (const candidate of names) {
    const text = carried.get(candidate)
    if (text === undefined) continue
    const subject = asName(candidate)
    return { file: path.resolve(candidate), subject, isCarried: true, identity: candidate, text }
  }
  const looked = [...new Set(folders.map((folder) => path.dirname(path.resolve(folder ?? '.', name))))]
  throw await notFound(name, looked, [...carried.keys()])
}

/** A pipe (`<(...)`) has no real path. */
function identityOf(file: string): Promise<string> {
  return realpath(file).catch(() => path.resolve(file))
}

function asName(file: string): string {
  return path.basename(file).replace(/\.(ya?ml|json)$/, '')
}

async function notFound(
  name: string,
  folders: readonly string[],
  carried: readonly string[],
): Promise<Error> {
  const files = await Promise.all(folders.map((folder) => readdir(folder).catch((): string[] => [])))
  const wanted = asName(name)
  const all = [...files.flat().filter((file) => /\.ya?ml$/.test(file)), ...carried]
  const known = [...new Set(all.map(asName))]
  const near = nearest(wanted, known)
  const others = known.filter(
    (one) => near !== undefined && one !== near && one.startsWith(wanted.slice(0, 4)),
  )
  const close = near === undefined ? [] : [near, ...others.sort()].slice(0, 3)
  const also = carried.length > 0
  const isFolder = await stat(name).then(
    (found) => found.isDirectory(),
    () => false,
  )
  return fail('RELEASE_NOT_FOUND', {
    what: { en: `there is no release "${name}"`, zh: `找不到发布 "${name}"` },
    because: name.includes('://')
      ? {
          en: 'a release is a file here, not a URL: download it',
          zh: '发布须为本机文件，不能是 URL：请先下载',
        }
      : isFolder
        ? { en: `${name} is a directory`, zh: `${name} 是目录` }
        : {
            en: `looked in ${folders.join(', ')}${also ? ' and among the releases that edgelift carries' : ''}`,
            zh: `查找位置：${folders.join('、')}${also ? '，以及 edgelift 内置的发布' : ''}`,
          },
    fix:
      close.length > 0
        ? {
            en: `did you mean ${close.join(', ')}? Otherwise give the release's file`,
            zh: `是否指 ${close.join('、')}？否则请给出发布清单文件`,
          }
        : carried.length === 0
          ? { en: "give the release's file", zh: '请给出发布清单文件' }
          : {
              en: `give a file, or the name of a release that edgelift carries: ${carried.map(asName).join(', ')}`,
              zh: `请给出发布清单文件，或 edgelift 内置发布的名称：${carried.map(asName).join('、')}`,
            },
  })
}

/** The text of a file; undefined where there is none. */
async function readIfFile(file: string): Promise<string | undefined> {
  try {
    return await readNamedText(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined
    throw error
  }
}
