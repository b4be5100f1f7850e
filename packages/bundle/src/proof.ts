import { joinTexts, type Text } from '@edgelift/core'
import { PATHS } from './paths.ts'
import type { Signer, Verified } from './records.ts'

/** What an audit without a problem proves, and what it leaves open. For people; the same facts stand in JSON. */
export interface Proof {
  readonly proved: Text
  /** Undefined where nothing is left open. */
  readonly open: Text | undefined
}

/** Pure. */
export function proofOf(
  { manifest, signature, signer, besideChecked, besideUnchecked, edited, delta }: Verified,
  isDirectory: boolean,
): Proof {
  const proved: Text[] = [
    delta !== undefined
      ? {
          en: `a delta whose contents are those that ${manifest.name} lists`,
          zh: `增量包的内容与 ${manifest.name} 的清单一致`,
        }
      : isDirectory
        ? { en: 'every file is the one that its manifest lists', zh: '每个文件都与清单一致' }
        : {
            en: 'every byte is as edgelift wrote it for this manifest',
            zh: '每个字节都与 edgelift 按此清单写入的一致',
          },
    ...besideChecked.map((name) => ({ en: `${name} beside it agrees`, zh: `与旁边的 ${name} 一致` })),
    ...(signer === undefined
      ? []
      : [
          {
            en: `signed with key ${signer.key}${timeOf(signer, ' on ')}: "${signer.comment}"`,
            zh: `由密钥 ${signer.key} 签名${timeOf(signer, '，时间 ')}：“${signer.comment}”`,
          },
        ]),
  ]
  const open: Text[] = [
    ...(delta === undefined
      ? []
      : [
          {
            en: `what ${delta.name} ${delta.version} adds: ./edgelift complete verifies the whole`,
            zh: `来自 ${delta.name} ${delta.version} 的内容：由 ./edgelift complete 校验整体`,
          },
        ]),
    ...(signature === 'none' ? [UNSIGNED] : []),
    ...unchecked(signature === 'unchecked' ? [PATHS.signature, ...besideUnchecked] : besideUnchecked),
    ...edited.map((name) => ({
      en: `${name} was edited after it was packed: read it`,
      zh: `${name} 在打包后被修改：请人工核对`,
    })),
  ]
  return {
    proved: joinTexts(proved, '; '),
    open: open.length === 0 ? undefined : joinTexts(open, '; '),
  }
}

/** When it was signed, as the signer says; empty where no comment holds a time. */
function timeOf({ comment, archiveComment }: Signer, before: string): string {
  const seconds = [comment, archiveComment].map((text) => /\btimestamp:(\d{1,11})\b/.exec(text ?? '')?.[1])
  const known = seconds.find((text) => text !== undefined)
  return known === undefined ? '' : `${before}${new Date(Number(known) * 1000).toISOString().slice(0, 19)}Z`
}

const UNSIGNED: Text = {
  en: 'who built it: it is not signed, so all of it could have been exchanged together',
  zh: '构建者身份：未签名，整体可能被替换',
}

/** One sentence for all signatures that wait for a key. */
function unchecked(signatures: readonly string[]): Text[] {
  if (signatures.length === 0) return []
  return [
    {
      en: `who built it: give --pubkey FILE to check ${signatures.join(', ')}`,
      zh: `构建者身份：请用 --pubkey 文件 校验 ${signatures.join('、')}`,
    },
  ]
}
