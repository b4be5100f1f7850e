import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { syncFolder } from './atomic-file.ts'
import { isErrno } from './errors.ts'

/**
 * Makes a folder that the user has named, with those above it; content when it is there. As `mkdir` with `recursive`,
 * which in Node 20 never ends below a folder where nothing can be made (procfs says ENOENT to it). A folder that is made
 * outlasts a power loss: without that, the files in it that were synced would be lost with their folder's name.
 * @throws the system's own error, of the very part of the path that is no folder where one is none
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder)
  } catch (error) {
    const above = path.dirname(folder)
    if (!isErrno(error, 'ENOENT', 'ENOTDIR') || above === folder) throw error
    await makeFolder(above)
    await makeOne(folder)
  }
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (!isErrno(error, 'EEXIST') || !(await stat(folder)).isDirectory()) throw error
    return
  }
  await syncFolder(path.dirname(folder)).catch((error: unknown) => {
    if (!isErrno(error, 'EACCES', 'EPERM')) throw error // a folder above that this user may only pass through
  })
}
