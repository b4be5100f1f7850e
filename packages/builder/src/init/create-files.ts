import { type FileHandle, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, makeFolder } from '@edgelift/core'
import { fail } from '../codes.ts'

/** A file that is to be created, and its whole text. */
export interface NewFile {
  readonly file: string
  readonly text: string
}

/**
 * Creates all files, or none: nothing that exists is overwritten, and no file stays behind when one cannot be created.
 * Folders are made as needed and stay.
 * @throws FILES_EXIST naming every file that is in the way
 */
export async function createFiles(files: readonly NewFile[]): Promise<void> {
  const created: { readonly file: string; readonly text: string; readonly handle: FileHandle }[] = []
  try {
    const existing: string[] = []
    for (const { file, text } of files) {
      await makeFolder(path.dirname(path.resolve(file)))
      const handle = await openNew(file)
      if (handle === undefined) existing.push(file)
      else created.push({ file, text, handle })
    }
    if (existing.length > 0) throw filesExist(existing)
    for (const { text, handle } of created) {
      await handle.writeFile(text)
      await handle.sync()
    }
  } catch (error) {
    for (const { file } of created) await rm(file, { force: true })
    throw error
  } finally {
    for (const { handle } of created) await handle.close()
  }
}

/** Undefined where something has this name, be it a link that leads nowhere. */
async function openNew(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'wx')
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return undefined
    throw error
  }
}

function filesExist(files: readonly string[]): Error {
  return fail('FILES_EXIST', {
    what: {
      en: `already exists: ${files.join(', ')}`,
      zh: `文件已存在：${files.join('、')}`,
    },
    because: {
      en: 'init never overwrites a file; nothing was written',
      zh: 'init 不会覆盖任何文件；未写入任何内容',
    },
    fix: {
      en: 'choose another folder, or move these files away',
      zh: '请换一个目录，或移走这些文件',
    },
  })
}
