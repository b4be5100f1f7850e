import { randomBytes } from 'node:crypto'
import path from 'node:path'
import {
  EdgeliftError,
  fileErrorWords,
  isErrno,
  isNotRegular,
  readNamedText,
  readRegular,
  rememberSecret,
  type Text,
  writeFileAtomic,
} from '@edgelift/core'
import { sweepBeside } from '../node/copies.ts'
import { inTheWay } from '../node/host.ts'
import { fail } from '../problem/codes.ts'

export const PSK_FILE = 'edgemesh-psk.txt'
/** Published in EdgeMesh's own chart: everybody knows it. */
const PUBLISHED = 'JugH9HP1XBouyO5pWGeZa8LtipDURrf17EJvUHcJGuQ='
const SHORTEST = 16

/** How it stands with EdgeMesh's key before the installation. */
export type PskState =
  /** There is one that can be used, or none is needed. */
  | { readonly state: 'kept' }
  /** One will be made, in the archive's directory. */
  | { readonly state: 'made' }
  | { readonly state: 'unusable'; readonly file: string; readonly why: Text }

/** Looks at the key without making one. */
export async function pskState(directory: string, file: string | undefined): Promise<PskState> {
  try {
    return { state: (await keptPsk(directory, file)) === undefined ? 'made' : 'kept' }
  } catch (error) {
    const kept = fileOfPsk(directory, file)
    if (error instanceof EdgeliftError && error.because !== undefined)
      return { state: 'unusable', file: kept, why: error.because }
    if (error instanceof Error && 'syscall' in error)
      return { state: 'unusable', file: kept, why: fileErrorWords(error) }
    throw error
  }
}

/**
 * EdgeMesh's pre-shared key: that of `file` when one is named; else the one in the archive's directory; else the one that
 * EdgeMesh runs with already (`inUse`: an archive that was unpacked again must not cut its nodes off); else 32 random
 * bytes. It is then kept in the directory with mode 0600.
 * @throws ANSWER_INVALID for a key that is empty, too short, or upstream's published default
 */
export async function edgemeshPsk(
  directory: string,
  file: string | undefined,
  inUse: () => Promise<string | undefined>,
): Promise<string> {
  const kept = await keptPsk(directory, file)
  if (kept !== undefined) return kept
  const psk = (await inUse()) ?? randomBytes(32).toString('base64')
  rememberSecret(psk)
  const place = fileOfPsk(directory, file)
  await sweepBeside(place)
  await writeFileAtomic(place, `${psk}\n`, 0o600)
  return psk
}

/** The operator's own file, or the one in the archive's directory. */
export function fileOfPsk(directory: string, file: string | undefined): string {
  return file ?? path.join(directory, PSK_FILE)
}

/** The key in the file; undefined where it is the archive's own and does not exist. @throws ANSWER_INVALID */
export async function keptPsk(directory: string, file: string | undefined): Promise<string | undefined> {
  const kept = fileOfPsk(directory, file)
  try {
    const psk = (await (file === undefined ? ownText(kept) : readNamedText(kept))).trim()
    rememberSecret(psk)
    if (psk === PUBLISHED)
      throw unusable(kept, {
        en: "it is the default of EdgeMesh's chart, which is public",
        zh: '这是 EdgeMesh chart 中公开的默认值',
      })
    if (psk.length < SHORTEST)
      throw unusable(kept, {
        en: `it is shorter than ${SHORTEST} characters`,
        zh: `长度不足 ${SHORTEST} 个字符`,
      })
    return psk
  } catch (error) {
    if (isErrno(error, 'ENOENT') && file === undefined) return undefined
    throw error
  }
}

/** The archive's own file is no pipe that somebody named. */
async function ownText(file: string): Promise<string> {
  return String(
    await readRegular(file).catch((error: unknown) => {
      throw isNotRegular(error) ? inTheWay(file) : error
    }),
  )
}

function unusable(file: string, because: { en: string; zh: string }): Error {
  return fail('ANSWER_INVALID', {
    what: { en: `cannot use the PSK in ${file}`, zh: `${file}：该 PSK 不可用` },
    because,
    fix: {
      en: 'remove the file to have one generated, or write 32 random bytes in base64 to it',
      zh: '删除该文件以自动生成，或写入 32 字节随机数的 base64',
    },
  })
}
