import { joinTexts, type Text } from '@edgelift/core'
import { PATHS } from './paths.ts'
import type { Verified } from './records.ts'

/** What an audit without a problem proves, and what it leaves open. For people; the same facts stand in JSON. */
export interface Proof {
  readonly proved: Text
  /** Undefined where nothing is left open. */
  readonly open: Text | undefined
}

/** Pure. */
export function proofOf({ signature, signer, besideChecked, edited }: Verified, isDirectory: boolean): Proof {
  const proved: Text[] = [
    isDirectory
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
            en: `signed with key ${signer.key}: "${signer.comment}"`,
            zh: `由密钥 ${signer.key} 签名：“${signer.comment}”`,
          },
        ]),
  ]
  const open: Text[] = [
    ...(signature === 'valid' ? [] : [WHO[signature]]),
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

const WHO: Readonly<Record<'none' | 'unchecked', Text>> = {
  none: {
    en: 'who built it: it is not signed, so all of it could have been exchanged together',
    zh: '构建者身份：未签名，整体可能被替换',
  },
  unchecked: {
    en: `who built it: ${PATHS.signature} was not checked; give --pubkey FILE`,
    zh: `构建者身份：未校验 ${PATHS.signature}；请指定 --pubkey 文件`,
  },
}
