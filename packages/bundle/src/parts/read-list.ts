import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type EdgeliftError, isErrno, openRegular, readNamedText, type Text } from '@edgelift/core'
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
  const parts = await Promise.all(
    wanted.map((name) => sizedPart(path.join(folder, name), sums.get(name) ?? '')),
  )
  const missing = wanted.filter((_, index) => parts[index] === undefined)
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
  return parts.filter((part) => part !== undefined)
}

/** Undefined where there is no such file; a link that leads to none is none. */
async function sizedPart(file: string, sha256: string): Promise<ListedPart | undefined> {
  try {
    const found = await stat(file)
    if (!found.isFile()) await (await openRegular(file)).close() // says what it is
    return { name: path.basename(file), file, size: found.size, sha256 }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP')) return undefined
    throw error
  }
}

/** As `sha256sum -c` takes it: copies and editors of Windows leave other line ends, a byte order mark, and none at the end. */
async function textOf(list: string): Promise<string> {
  try {
    const text = (await readNamedText(list)).replace(/^\uFEFF/, '').replaceAll('\r\n', '\n')
    return text === '' || text.endsWith('\n') ? text : `${text}\n`
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
