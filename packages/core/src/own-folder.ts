import { lstat, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { fail } from './codes.ts'
import { isErrno } from './errors.ts'
import { makeFolder } from './make-folder.ts'

/**
 * Makes a folder whose name can be guessed, or takes it over from an earlier run of this user. A link there, or a folder that
 * another user can write, would let that user choose where its files go.
 * @throws FOLDER_UNSAFE, the system's own error
 */
export async function ownFolder(folder: string): Promise<void> {
  await makeFolder(path.dirname(folder))
  try {
    await mkdir(folder, { mode: 0o755 })
    return
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
  const found = await lstat(folder)
  const isOwn = process.geteuid === undefined || found.uid === process.geteuid()
  if (found.isDirectory() && isOwn && (found.mode & 0o022) === 0) return
  throw fail('FOLDER_UNSAFE', {
    what: { en: `cannot continue in ${folder}`, zh: `无法在 ${folder} 中继续` },
    because: found.isDirectory()
      ? {
          en: 'it belongs to another user, or others can write to it',
          zh: '该目录属于其他用户，或其他用户可写',
        }
      : { en: 'it is a link or a file, not a directory', zh: '它是符号链接或文件，而不是目录' },
    fix: { en: 'remove it, then run the command again', zh: '请将其删除，然后重新运行' },
  })
}
