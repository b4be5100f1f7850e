import type { OptionSpec } from '@edgelift/core/cli'

/** Options that several commands share. */
export const YES: OptionSpec = { type: 'boolean', describe: { en: 'do not ask', zh: '不询问' } }

export const DRY_RUN: OptionSpec = {
  type: 'boolean',
  describe: { en: 'show what would be done, change nothing', zh: '只显示将要执行的操作，不做更改' },
}

export const CONFIG: OptionSpec = {
  type: 'string',
  value: 'FILE',
  describe: {
    en: "file with settings (default: the archive's install.yaml)",
    zh: '安装参数文件（默认为离线包中的 install.yaml）',
  },
}

export const PUBKEY: OptionSpec = {
  type: 'string',
  value: 'FILE',
  describe: {
    en: "minisign public key that must verify the archive's signature",
    zh: '用于校验离线包签名的 minisign 公钥',
  },
}

export const PASSPHRASE_FILE: OptionSpec = {
  type: 'string',
  value: 'FILE',
  describe: {
    en: 'the passphrase is the first line of this file (mode 0600)',
    zh: '口令为该文件的第一行（权限 0600）',
  },
}
