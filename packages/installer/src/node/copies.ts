import { constants, type Stats } from 'node:fs'
import {
  chown,
  copyFile,
  lstat,
  open,
  readdir,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
  utimes,
} from 'node:fs/promises'
import path from 'node:path'
import { isErrno, isTemporaryOf, namingFile, namingPath, syncFolder, temporaryBeside } from '@edgelift/core'
import { inTheWay } from './host.ts'
import { SQLITE_SIDE_FILES } from './sqlite.ts'

/**
 * Copies a file with owner, mode and times, or a link as a link, so that the copy is there whole or not at all.
 * @throws FILE_NOT_REGULAR for a directory, a pipe and the like; the file system's errors, which name `to`
 */
export async function copyWhole(from: string, to: string): Promise<void> {
  const found = await lstat(from)
  const temporary = temporaryBeside(to)
  try {
    if (found.isSymbolicLink()) await symlink(await readlink(from), temporary)
    else if (!found.isFile()) throw inTheWay(from, found)
    else {
      await copyFile(from, temporary, constants.COPYFILE_EXCL)
      await chown(temporary, found.uid, found.gid)
      await utimes(temporary, found.atime, found.mtime)
      await syncFile(temporary, found.mode & 0o7777)
    }
    await rename(temporary, to)
    await syncFolder(path.dirname(to))
  } catch (error) {
    return namingTarget(to, temporary)(error)
  } finally {
    await rm(temporary, { force: true })
  }
}

/**
 * A copy that shares the original's blocks until either is written to: FICLONE of Btrfs, and of XFS as RHEL 8 and later make
 * it. False, with nothing left, where there can be none; a plain copy then says what is in the way, if anything is.
 */
export async function cloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL)
    return true
  } catch {
    return false
  }
}

/** What the system refuses to the written side of a call that takes two paths. */
const OF_THE_TARGET = ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG', 'EPERM', 'ENAMETOOLONG']

/** For `catch`: throws the error again, naming the file that people know instead of the temporary one beside it. */
export function namingTarget(file: string, temporary: string): (error: unknown) => never {
  return (error) => {
    const { path: at, dest, syscall } = error as { path?: unknown; dest?: unknown; syscall?: unknown }
    const isOfTarget = syscall === 'symlink' || isErrno(error, ...OF_THE_TARGET)
    if (at === temporary || (dest === temporary && isOfTarget))
      return namingFile(file, temporary)(error as NodeJS.ErrnoException)
    return namingPath(file)(error)
  }
}

/** Gives a file these permission bits and brings it to the disk. */
export async function syncFile(file: string, mode: number): Promise<void> {
  const handle = await open(file, 'r')
  try {
    await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** What is there, be it a link that leads nowhere; undefined where nothing is. */
export async function statOf(file: string): Promise<Stats | undefined> {
  try {
    return await lstat(file)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

export async function isThere(file: string): Promise<boolean> {
  return (await statOf(file)) !== undefined
}

/** Names in a folder; undefined where there is none. */
export async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Removes what a killed run has left beside a file that it was writing (names of `temporaryBeside`), with what SQLite keeps beside that. */
export async function sweepBeside(file: string): Promise<void> {
  await sweep(path.dirname(file), (name) => isTemporaryOf(file, name.replace(OF_SQLITE, '')))
}

const OF_SQLITE = new RegExp(`(${SQLITE_SIDE_FILES.join('|')})$`)

/** Removes what killed runs have left in a folder of edgelift's own, and in the folders in it. */
export async function sweepTree(folder: string): Promise<void> {
  await sweep(folder, (name) => /^\.edgelift-.*-[0-9a-f]{12}$/.test(name))
  for (const name of (await namesIn(folder)) ?? []) {
    const place = path.join(folder, name)
    if ((await statOf(place))?.isDirectory()) await sweepTree(place)
  }
}

async function sweep(folder: string, isLeft: (name: string) => boolean): Promise<void> {
  for (const name of (await namesIn(folder)) ?? [])
    if (isLeft(name)) await rm(path.join(folder, name), { force: true })
}

/** Removes a folder that holds nothing; true when it did. */
export async function removeEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder)
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EBUSY')) return false
    throw error
  }
}
