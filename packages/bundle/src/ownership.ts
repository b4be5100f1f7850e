import { lstat } from 'node:fs/promises'
import path from 'node:path'
import { type EdgeliftError, plainName, type Text } from '@edgelift/core'
import { unsafePlace } from './audit.ts'
import { fail } from './codes.ts'

/** Who unpacked the directory. */
export async function ownerOf(directory: string): Promise<number> {
  return (await lstat(directory)).uid
}

const TYPE = 0o170000
const FILE = 0o100000

/** What `lstat` says of a place. */
export interface Standing {
  readonly uid: number
  /** Type and permission bits. */
  readonly mode: number
  readonly nlink: number
}

/**
 * Why others could change a file or folder, or run it as another user: it belongs to neither `owner` nor root, its mode has
 * more than `most`, or a file has another name, which may lie where others write. Unpacking never adds a bit to the
 * packed mode, whatever the umask, and gives each file one name. Root's installer refuses the same. Pure.
 */
export function unsafeBecause({ uid, mode, nlink }: Standing, owner: number, most: number): Text | undefined {
  if (uid !== owner && uid !== 0)
    return {
      en: `it belongs to user ${uid}, the directory to user ${owner}`,
      zh: `属主为用户 ${uid}，而目录属主为用户 ${owner}`,
    }
  const more = mode & 0o7777 & ~most
  if (more === 0) {
    if (nlink < 2 || (mode & TYPE) !== FILE) return undefined
    return { en: 'it has a second name (hard link)', zh: '存在硬链接' }
  }
  const found = (mode & 0o7777).toString(8).padStart(4, '0')
  const limit = most.toString(8).padStart(4, '0')
  return { en: `its mode is ${found}, more than ${limit}`, zh: `权限为 ${found}，超出 ${limit}` }
}

/** Folders that no listed file lies in, and folders that others can change. Setgid is inherited on some systems. */
export async function folderProblems(
  directory: string,
  input: {
    readonly folders: readonly string[]
    /** Files. */
    readonly listed: ReadonlySet<string>
    readonly owner: number
  },
): Promise<EdgeliftError[]> {
  const packed = new Set([...input.listed].flatMap(foldersOf))
  const problems: EdgeliftError[] = []
  for (const folder of input.folders) {
    if (!packed.has(folder)) {
      problems.push(foreignFolder(folder))
      continue
    }
    const because = unsafeBecause(await lstat(path.join(directory, folder)), input.owner, 0o2755)
    if (because !== undefined) problems.push(unsafePlace(folder, because))
  }
  return problems
}

function foldersOf(file: string): string[] {
  const parts = file.split('/').slice(0, -1)
  return parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
}

function foreignFolder(folder: string): EdgeliftError {
  return fail('FILE_FOREIGN', {
    what: {
      en: `${plainName(folder)}/: not a part of this archive`,
      zh: `${plainName(folder)}/：不属于此离线包`,
    },
    because: { en: 'nothing was packed in this folder', zh: '打包时没有此目录' },
    fix: { en: 'remove it, or unpack the archive again', zh: '请将其删除，或重新解包' },
  })
}
