import { type FileHandle, lstat, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, makeFolder, namingPath, readRegular } from '@edgelift/core'
import { fail } from '../codes.ts'

/** A file that is to be created, and its whole text. */
export interface NewFile {
  readonly file: string
  readonly text: string
  /** One of the author's own takes its place, and stays. */
  readonly yields?: boolean
}

/**
 * Creates all files, or none: nothing that exists is overwritten, and no file stays behind when one cannot be created. What a
 * killed run has left, some of the files or the beginning of one, is completed. Folders are made as needed and stay.
 * @returns the files that are as given now: all but those that have given way
 * @throws FILES_EXIST naming every file that is in the way
 */
export async function createFiles(files: readonly NewFile[]): Promise<string[]> {
  const all = await Promise.all(files.map(async (one) => ({ ...one, state: await stateOf(one) })))
  const found = all.filter(({ yields, state }) => yields !== true || state !== 'foreign')
  const toCreate = found.filter(({ state }) => state === 'missing' || state === 'begun')
  const inTheWay = toCreate.length === 0 ? found : found.filter(({ state }) => state === 'foreign')
  if (inTheWay.length > 0) throw filesExist(inTheWay.map(({ file }) => file))
  const created: { readonly file: string; readonly text: string; readonly handle: FileHandle }[] = []
  try {
    for (const { file, text, state } of toCreate) {
      await makeFolder(path.dirname(path.resolve(file)))
      created.push({ file, text, handle: await opened(file, state === 'begun' ? 'r+' : 'wx') })
    }
    for (const { file, text, handle } of created) {
      await handle.writeFile(text).catch(namingPath(file))
      await handle.sync().catch(namingPath(file))
    }
  } catch (error) {
    for (const { file } of created) await rm(file, { force: true })
    throw error
  } finally {
    for (const { handle } of created) await handle.close()
  }
  return found.map(({ file }) => file)
}

/** What stands in a file's place: nothing, the file itself, less of it than is to be there, or something else. */
async function stateOf({ file, text }: NewFile): Promise<'missing' | 'whole' | 'begun' | 'foreign'> {
  const bytes = Buffer.from(text)
  try {
    const there = await lstat(file)
    if (!there.isFile() || there.size > bytes.length) return 'foreign'
    const content = await readRegular(file)
    if (!bytes.subarray(0, content.length).equals(content)) return 'foreign'
    return content.length === bytes.length ? 'whole' : 'begun'
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return 'missing'
    throw error
  }
}

async function opened(file: string, flags: 'wx' | 'r+'): Promise<FileHandle> {
  try {
    return await open(file, flags)
  } catch (error) {
    throw isErrno(error, 'EEXIST') ? filesExist([file]) : error
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
