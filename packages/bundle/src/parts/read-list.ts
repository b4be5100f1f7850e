import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type EdgeliftError, isErrno, readNamedText, type Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import { parseSums } from '../sums.ts'
import { archiveName, MAX_PARTS, partName, partsAmong } from './names.ts'

export interface ListedPart {
  readonly name: string
  readonly file: string
  /** Bytes of the file that is there. */
  readonly size: number
  /** SHA-256 as the list has it, in hexadecimal. */
  readonly sha256: string
}

/**
 * The parts that a list names, in their order; all of them are there, and no other ones.
 * @throws SPLIT_DAMAGED naming what is missing or foreign, SUMS_INVALID
 */
export async function readPartsList(list: string): Promise<readonly ListedPart[]> {
  const archive = archiveName(list)
  const folder = path.dirname(list)
  const sums = parseSums(await textOf(list), list)
  const wanted = [...sums.keys()].map((_, index) => partName(path.basename(archive), index + 1))
  if (sums.size === 0 || sums.size > MAX_PARTS || wanted.some((name) => !sums.has(name)))
    throw splitDamaged(list, {
      en: `it does not name ${partName(path.basename(archive), 1)} and the parts that follow`,
      zh: `其中没有从 ${partName(path.basename(archive), 1)} 起的连续分卷`,
    })
  const here = new Set(await readdir(folder))
  const missing = wanted.filter((name) => !here.has(name))
  if (missing.length > 0)
    throw splitDamaged(archive, {
      en: `missing: ${missing.join(', ')}`,
      zh: `缺少：${missing.join('、')}`,
    })
  const foreign = partsAmong(here, path.basename(archive))
    .map(({ name }) => name)
    .filter((name) => !sums.has(name))
  if (foreign.length > 0)
    throw splitDamaged(archive, {
      en: `${foreign.join(', ')} is not in ${path.basename(list)}`,
      zh: `${foreign.join('、')} 不在 ${path.basename(list)} 中`,
    })
  return Promise.all(
    wanted.map(async (name) => {
      const file = path.join(folder, name)
      return { name, file, size: (await stat(file)).size, sha256: sums.get(name) ?? '' }
    }),
  )
}

async function textOf(list: string): Promise<string> {
  try {
    return await readNamedText(list)
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
    throw splitDamaged(archiveName(list), {
      en: `the list of its parts is missing: ${path.basename(list)}`,
      zh: `缺少分卷列表：${path.basename(list)}`,
    })
  }
}

export function splitDamaged(where: string, because: Text): EdgeliftError {
  return fail('SPLIT_DAMAGED', {
    what: { en: `cannot put ${where} together from its parts`, zh: `无法用分卷还原 ${where}` },
    because,
    fix: {
      en: 'copy the parts and their list again, all from the same build',
      zh: '请从同一次构建重新拷贝全部分卷和分卷列表',
    },
  })
}
