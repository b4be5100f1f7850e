import { randomBytes } from 'node:crypto'
import path from 'node:path'
import {
  EdgeliftError,
  fileErrorWords,
  isErrno,
  isNotRegular,
  readKubernetesYaml,
  readNamedText,
  readRegular,
  rememberSecret,
  type Text,
  writeFileAtomic,
  YamlError,
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
  /** There is none in a file, and the one that EdgeMesh runs with cannot be kept. */
  | ({ readonly state: 'refused' } & RefusedPsk)

/** A PSK that EdgeMesh runs with, and that is not kept. */
export interface RefusedPsk {
  readonly why: Text
  /** The helm release that was given it, with its namespace. */
  readonly release: string
  readonly ours: boolean
  /** Where the release's values have it. */
  readonly value: string
  /** Charts of this installation that would be given it. */
  readonly takers: readonly string[]
}

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
 * @throws ANSWER_INVALID for a key that is empty, too short, of several lines, or upstream's published default, in a file or
 * in use: what is written here, the next run takes
 */
export async function edgemeshPsk(
  directory: string,
  file: string | undefined,
  inUse: () => Promise<string | undefined>,
): Promise<string> {
  const kept = await keptPsk(directory, file)
  if (kept !== undefined) return kept
  const place = fileOfPsk(directory, file)
  const running = await inUse()
  const because = running === undefined ? undefined : whyNoPsk(running)
  if (because !== undefined)
    throw fail('ANSWER_INVALID', { what: REFUSED, because, fix: newPskFix(directory) })
  const psk = running ?? randomBytes(32).toString('base64')
  rememberSecret(psk)
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
    const because = whyNoPsk(psk)
    if (because === undefined) return psk
    throw fail('ANSWER_INVALID', {
      what: { en: `cannot use the PSK in ${kept}`, zh: `${kept}：该 PSK 不可用` },
      because,
      fix: pskFix(file),
    })
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

/**
 * EdgeMesh hashes whatever its ConfigMap holds (EdgeMesh pkg/tunnel/util.go), so a wrong file would be a key like any
 * other. Spaces inside a line are a passphrase's.
 */
export function whyNoPsk(psk: string): Text | undefined {
  if (psk === PUBLISHED)
    return {
      en: "it is the default of EdgeMesh's chart, which is public",
      zh: '这是 EdgeMesh chart 中公开的默认值',
    }
  const lines = psk.split(/\r\n|[\n\r\u0085\u2028\u2029]/).length
  if (lines > 1)
    return { en: `the file has ${lines} lines; a PSK is one line`, zh: `文件有 ${lines} 行；PSK 只占一行` }
  if (/[\p{Cc}\uFFFD]/u.test(psk))
    return {
      en: 'it contains control characters, or bytes that are not text',
      zh: '含有控制字符或非文本字节',
    }
  if (psk.length < SHORTEST)
    return { en: `it is shorter than ${SHORTEST} characters`, zh: `长度不足 ${SHORTEST} 个字符` }
  if (isPlainScalar(psk)) return undefined
  return {
    en: "EdgeMesh's chart writes it into YAML without quotes, where it reads as something else",
    zh: 'EdgeMesh chart 将其不加引号写入 YAML，读出的内容会改变',
  }
}

/** Whether `psk: KEY` gives the key back (EdgeMesh build/helm/edgemesh, 04-configmap.yaml): `#` and `: ` would cut it. */
function isPlainScalar(psk: string): boolean {
  try {
    const [document] = readKubernetesYaml(`psk: ${psk}\n`)
    return (document as { readonly psk?: unknown }).psk === psk
  } catch (error) {
    if (error instanceof YamlError) return false
    throw error
  }
}

const WRITE_PSK = 'umask 077; openssl rand -base64 32 >'

const REFUSED: Text = {
  en: 'the PSK that EdgeMesh runs with cannot be used',
  zh: 'EdgeMesh 当前使用的 PSK 不可用',
}

/** What to do where EdgeMesh's own key is refused. */
export function newPskFix(directory: string): Text {
  const command = `${WRITE_PSK} '${fileOfPsk(directory, undefined)}'`
  return {
    en: `write a new key, then run it again (agents are replaced one after another): ${command}`,
    zh: `写入新密钥后重新运行（各节点的 agent 会依次更换）：${command}`,
  }
}

/** What to do where the refused key is that of a release which others installed: edgelift does not change it. */
export function othersPskFix({ value }: Pick<RefusedPsk, 'value'>): Text {
  return {
    en: `set another key in that release (${value}); to generate one: openssl rand -base64 32`,
    zh: `请在该 release 中更换密钥（${value}）；生成方法：openssl rand -base64 32`,
  }
}

/** What is wrong with a key that EdgeMesh runs with. */
export function refusedPskSeen({ why, release, value }: RefusedPsk): Text {
  return {
    en: `cannot use the PSK that helm release ${release} runs with (${value}): ${why.en}`,
    zh: `helm release ${release} 当前的 PSK（${value}）不可用：${why.zh}`,
  }
}

export const WHO_KNOWS: Text = {
  en: 'anyone who knows the key can join the mesh',
  zh: '知道该密钥的人即可加入网格',
}

/** What to do about an unusable key. @param file the operator's own, which may be anything: it is not to be removed */
export function pskFix(file: string | undefined): Text {
  return file === undefined
    ? {
        en: `remove the file to have a key generated, or write one: ${WRITE_PSK} ${PSK_FILE}`,
        zh: `删除该文件以自动生成密钥，或自行写入：${WRITE_PSK} ${PSK_FILE}`,
      }
    : {
        en: `set pskFile to a file that holds nothing but the key; to write one: ${WRITE_PSK} FILE`,
        zh: `请将 pskFile 设为只含密钥的文件；生成方法：${WRITE_PSK} 文件`,
      }
}
