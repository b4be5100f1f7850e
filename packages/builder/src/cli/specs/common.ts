import type { Text } from '@edgelift/core'
import type { OptionSpec } from '@edgelift/core/cli'

export const RELEASE: Text = {
  en: 'a release file, or the name of one in manifests/',
  zh: '发布清单文件，或 manifests/ 中的名称',
}

export const PUBKEY: OptionSpec = {
  type: 'string',
  value: 'FILE',
  describe: {
    en: 'minisign public key that must verify the signature',
    zh: '用于校验签名的 minisign 公钥',
  },
}
