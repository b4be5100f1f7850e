import type { Stats } from 'node:fs'
import { lstat, mkdir, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { writeFileWhole } from './atomic-file.ts'
import { fail } from './codes.ts'
import { isErrno } from './errors.ts'
import { isNotRegular, readRegular } from './regular-file.ts'

/**
 * The content of a file that only this program writes and can do without: undefined where there is none, and where
 * something else stands (a folder, a pipe, a link to itself), which {@link writeOwn} replaces.
 */
export async function readOwn(file: string): Promise<Buffer | undefined> {
  try {
    return await readRegular(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    if (isNotRegular(error)) return undefined
    throw error
  }
}

/**
 * Writes such a file, and its folder, in the place of whatever stands there.
 * @throws FILE_NOT_REGULAR for a folder that holds something
 */
export async function writeOwn(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true })
  await clearWay(file)
  await writeFileWhole(file, content)
}

/** Removes such a file, or what stands in its place, as {@link clearWay}: one of them, once. */
export function removeOwn(file: string): Promise<void> {
  return remove(file, () => true)
}

/**
 * Removes what stands at the place of a regular file that only this program writes, and is none: an empty folder, a pipe, a
 * socket, a link. A regular file stays.
 * @throws FILE_NOT_REGULAR for a folder that holds something: it is somebody's
 */
export function clearWay(file: string): Promise<void> {
  return remove(file, (found) => !found.isFile())
}

async function remove(file: string, applies: (found: Stats) => boolean): Promise<void> {
  try {
    const found = await lstat(file)
    if (found.isDirectory()) await rmdir(file)
    else if (applies(found)) await rm(file, { force: true })
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return // another process was quicker
    if (isErrno(error, 'ENOTEMPTY', 'EEXIST')) throw inTheWay(file)
    throw error
  }
}

function inTheWay(file: string): Error {
  return fail('FILE_NOT_REGULAR', {
    what: {
      en: `${file} is a directory where edgelift keeps a file of its own`,
      zh: `${file} 处应为 edgelift 自用的文件，实际是目录`,
    },
    because: { en: 'it is not empty, so it is not removed', zh: '该目录不为空，因此不会自动删除' },
    fix: { en: 'move it away and run the command again', zh: '请将其移走，然后重新运行' },
  })
}
