import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { isErrno } from './errors.ts'

/**
 * Makes a folder that the user has named, with those above it; content when it is there. As `mkdir` with `recursive`,
 * which in Node 20 never ends below a folder where nothing can be made (procfs says ENOENT to it).
 * @throws the system's own error
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await makeOne(folder)
  } catch (error) {
    const above = path.dirname(folder)
    if (!isErrno(error, 'ENOENT') || above === folder) throw error
    await makeFolder(above)
    await makeOne(folder)
  }
}

async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (!isErrno(error, 'EEXIST') || !(await stat(folder)).isDirectory()) throw error
  }
}
