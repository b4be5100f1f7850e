import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { syncFolder } from './atomic-file.ts'
import { isErrno } from './errors.ts'

/**
 * Makes a folder with those above it; content when it is there. As `mkdir` with `recursive`, which says ENOENT of a file system
 * that is read-only, and in Node 20 never ends below a folder where nothing can be made (procfs says ENOENT to it). A folder
 * that is made outlasts a power loss: without that, the files in it that were synced would be lost with their folder's name.
 * @param mode of every folder that is made
 * @throws the system's own error, of the very part of the path that is no folder where one is none
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  try {
    await makeOne(folder, mode)
  } catch (error) {
    const above = path.dirname(folder)
    if (!isErrno(error, 'ENOENT', 'ENOTDIR') || above === folder) throw error
    await makeFolder(above, mode)
    await makeOne(folder, mode)
  }
}

async function makeOne(folder: string, mode: number): Promise<void> {
  try {
    await mkdir(folder, { mode })
  } catch (error) {
    if (!isErrno(error, 'EEXIST') || !(await stat(folder)).isDirectory()) throw error
    return
  }
  await syncFolder(path.dirname(folder)).catch((error: unknown) => {
    if (!isErrno(error, 'EACCES', 'EPERM')) throw error // a folder above that this user may only pass through
  })
}
