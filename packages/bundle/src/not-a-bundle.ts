import { type EdgeliftError, fileErrorWords, type Text } from '@edgelift/core'
import { fail } from './codes.ts'

export const NO_GZIP: Text = { en: 'it does not begin as a .tar.gz does', zh: '其开头不是 .tar.gz 格式' }
const NO_MANIFEST: Text = { en: 'there is no manifest.json', zh: '其中没有 manifest.json' }

/** The error for a place that is neither an archive nor a directory of one. */
export function notABundle(where: string, cause?: unknown, why: Text = NO_MANIFEST): EdgeliftError {
  return fail(
    'NOT_A_BUNDLE',
    {
      what: {
        en: `${where}: not an archive or directory of edgelift`,
        zh: `${where}：不是 edgelift 的离线包或目录`,
      },
      because: cause === undefined ? why : fileErrorWords(cause),
      fix: {
        en: 'name an archive (.tar.gz) or the directory that it was unpacked to',
        zh: '请指定离线包（.tar.gz）或其解包目录',
      },
    },
    { cause },
  )
}
