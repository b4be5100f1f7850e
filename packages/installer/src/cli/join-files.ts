import { rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { checkOutputFile, checkOutputFolder, makeFolder, syncFolder, temporaryBeside } from '@edgelift/core'
import { namingTarget, statOf, sweepBeside, syncFile } from '../node/copies.ts'
import { fail } from '../problem/codes.ts'

/**
 * Refuses files that cannot be written, or are there already, before the work whose result goes into them.
 * @throws JOIN_FILES_EXIST when one is there already, unless it may be replaced; FILE_NOT_REGULAR, OUTPUT_IS_INPUT
 */
export async function checkJoinFiles(
  folder: string,
  names: readonly string[],
  { overwrite, inputs = [] }: { readonly overwrite: boolean; readonly inputs?: readonly string[] },
): Promise<void> {
  await checkOutputFolder(folder)
  const there: string[] = []
  for (const file of names.map((name) => path.join(folder, name))) {
    if ((await statOf(file)) === undefined) continue
    await checkOutputFile(file, { inputs })
    there.push(file)
  }
  if (there.length > 0 && !overwrite) throw existing(there)
}

/**
 * Writes all files, or none (mode 0600): each is whole on the disk before the first gets its name.
 * @param files texts by name
 * @throws as {@link checkJoinFiles}
 */
export async function writeJoinFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  { overwrite }: { readonly overwrite: boolean },
): Promise<string[]> {
  await makeFolder(folder, 0o700)
  await checkJoinFiles(folder, [...files.keys()], { overwrite })
  const written: { from: string; to: string }[] = []
  try {
    for (const [name, text] of files) {
      const to = path.join(folder, name)
      await sweepBeside(to)
      const from = temporaryBeside(to)
      written.push({ from, to })
      await writeFile(from, text, { flag: 'wx', mode: 0o600 }).catch(namingTarget(to, from))
      await syncFile(from, 0o600).catch(namingTarget(to, from))
    }
    for (const { from, to } of written) await rename(from, to).catch(namingTarget(to, from))
    await syncFolder(folder)
  } catch (error) {
    for (const { from } of written) await rm(from, { force: true })
    throw error
  }
  return written.map(({ to }) => to)
}

function existing(files: readonly string[]): Error {
  const list = files.slice(0, 5).join(', ') + (files.length > 5 ? ', …' : '')
  return fail('JOIN_FILES_EXIST', {
    what: { en: `${files.length} join files already exist`, zh: `已存在 ${files.length} 个接入文件` },
    because: { en: list, zh: list },
    fix: {
      en: 'choose another folder, or replace them: --overwrite',
      zh: '请换一个目录；如需覆盖，加上 --overwrite',
    },
  })
}
