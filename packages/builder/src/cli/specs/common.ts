import type { Text } from '@edgelift/core'
import type { OptionSpec } from '@edgelift/core/cli'

export const RELEASE: Text = {
  en: 'a release file, or the name of a shipped release: kubeedge-1.22.0',
  zh: '发布清单文件，或内置发布的名称：kubeedge-1.22.0',
}

export const PUBKEY: OptionSpec = {
  type: 'string',
  value: 'FILE',
  describe: {
    en: 'minisign public key that must verify the signature',
    zh: '用于校验签名的 minisign 公钥',
  },
}
