import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { syncFolder, temporaryBeside } from '@edgelift/core'
import { namingTarget, statOf, sweepBeside, syncFile } from '../node/copies.ts'
import { inTheWay } from '../node/host.ts'
import { fail } from '../problem/codes.ts'

/**
 * Writes all files, or none (mode 0600): each is whole on the disk before the first gets its name.
 * @param files texts by name
 * @throws JOIN_FILES_EXIST when one is there already, unless it may be replaced; FILE_NOT_REGULAR for a directory
 */
export async function writeJoinFiles(
  folder: string,
  files: ReadonlyMap<string, string>,
  { overwrite }: { readonly overwrite: boolean },
): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = [...files.keys()].map((name) => path.join(folder, name))
  const there: string[] = []
  for (const name of names) {
    const found = await statOf(name)
    if (found?.isDirectory()) throw inTheWay(name, found)
    if (found !== undefined) there.push(name)
  }
  if (there.length > 0 && !overwrite) throw existing(there)
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
  return names
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
