import { constants, type FileHandle, open, realpath, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { namingFile, sweepAbandoned, temporaryBeside } from './atomic-file.ts'
import { fail } from './codes.ts'
import { isErrno } from './errors.ts'
import { systemError } from './file-errors.ts'
import { refuseSpecial } from './special-file.ts'

export interface OutputPlace {
  /** What is appended to the file's name for the files that are written beside it. */
  readonly beside?: readonly string[]
  /** Files that the output must not overwrite, and directories in which nothing may be written. */
  readonly inputs?: readonly (string | undefined)[]
}

/**
 * Refuses a file that cannot be written, before the work whose result goes there: nobody waits for an hour to learn of it.
 * Nothing is changed; a regular file, or a link to one, may be there.
 * @param file as the user has typed it
 * @throws FILE_NOT_REGULAR, OUTPUT_IS_INPUT, the system's own error with the file's path
 */
export async function checkOutputFile(
  file: string,
  { beside = [], inputs = [] }: OutputPlace = {},
): Promise<void> {
  if (/(^|\/)\.{0,2}$/.test(file)) throw isDirectory(file)
  for (const suffix of ['', ...beside]) await refuseUnfit(`${file}${suffix}`)
  await probe(path.dirname(path.resolve(file)), file)
  for (const input of inputs) if (input !== undefined) await refuseInput(file, input)
}

/**
 * As {@link checkOutputFile}, for a folder that is made when it is not there.
 * @throws the system's own error, ENOTDIR of the very part of the path that is no folder
 */
export async function checkOutputFolder(folder: string): Promise<void> {
  for (let above = path.resolve(folder); ; above = path.dirname(above)) {
    const found = await stat(above).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT', 'ENOTDIR') && above !== path.dirname(above)) return undefined
      throw error
    })
    if (found === undefined) continue
    if (!found.isDirectory()) throw systemError('ENOTDIR', above)
    return probe(above, folder)
  }
}

async function refuseUnfit(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  if (found?.isDirectory()) throw isDirectory(file)
  await refuseSpecial(file)
}

/** Only writing tells whether a folder can be written: root may write anywhere, but not to procfs or what is mounted read-only. */
async function probe(folder: string, file: string): Promise<void> {
  const nameless = await openNameless(folder)
  if (nameless !== undefined) return nameless.close()
  const place = path.join(folder, 'probe')
  await sweepAbandoned(place)
  const temporary = temporaryBeside(place)
  const handle = await open(temporary, 'wx', 0o600).catch(namingFile(file, temporary))
  await handle.close()
  await rm(temporary, { force: true })
}

/**
 * A new file without a name (open(2), O_TMPFILE), of which nothing is left of whoever is killed. Undefined where the folder
 * cannot be written, and on file systems that have no such files.
 */
async function openNameless(folder: string): Promise<FileHandle | undefined> {
  if (process.platform !== 'linux') return undefined
  const { O_DIRECTORY, O_WRONLY } = constants
  return open(folder, O_TMPFILE | O_DIRECTORY | O_WRONLY, 0o600).catch(() => undefined)
}

/** The bit that Node does not name (Linux include/uapi/asm-generic/fcntl.h, `__O_TMPFILE`). */
const O_TMPFILE = 0o20000000

async function refuseInput(file: string, input: string): Promise<void> {
  const read = await stat(input).catch(() => undefined)
  if (read === undefined) return // who reads it says so
  if (read.isDirectory()) {
    const [folder, inside] = await Promise.all([realpath(input), realpath(path.dirname(path.resolve(file)))])
    if (`${inside}/`.startsWith(folder === '/' ? '/' : `${folder}/`)) throw insideInput(file, input)
    return
  }
  const written = await stat(file).catch(() => undefined)
  if (written?.ino === read.ino && written.dev === read.dev) throw isInput(file, input)
}

function isDirectory(file: string): Error {
  return fail('FILE_NOT_REGULAR', {
    what: { en: `cannot write to ${file || "''"}`, zh: `无法写入 ${file || "''"}` },
    because: { en: 'it is a directory', zh: '这是一个目录' },
    fix: { en: 'name a file, or move the directory away', zh: '请指定文件，或移走该目录' },
  })
}

function isInput(file: string, input: string): Error {
  return fail('OUTPUT_IS_INPUT', {
    what: { en: `${file} would be overwritten`, zh: `${file} 会被覆盖` },
    because: {
      en: `the command reads ${input}, which is the same file`,
      zh: `命令要读取的 ${input} 是同一个文件`,
    },
    fix: { en: 'choose another file or folder for the output', zh: '请为输出指定其他文件或目录' },
  })
}

function insideInput(file: string, input: string): Error {
  return fail('OUTPUT_IS_INPUT', {
    what: { en: `${file} would change ${input}`, zh: `${file} 会改变 ${input} 的内容` },
    because: {
      en: 'the command reads that directory, and what it does not list fails its next check',
      zh: '命令要读取该目录，其中多出的文件会使下次校验失败',
    },
    fix: { en: 'choose a file outside the directory', zh: '请指定该目录以外的文件' },
  })
}
