import type { CommandSpec } from '@edgelift/core/cli'

export const trustSpec: CommandSpec = {
  usage: 'trust <key>',
  describe: {
    en: 'Accept only archives signed with this key; where keys are trusted already, one of them must have signed it',
    zh: '只接受由该密钥签名的离线包；若已有受信任的密钥，新密钥须由其中之一签名',
  },
  positionals: { key: { describe: { en: 'a minisign public key file', zh: 'minisign 公钥文件' } } },
  options: {
    replace: {
      type: 'boolean',
      describe: { en: 'drop the keys that were trusted before', zh: '移除此前信任的密钥' },
    },
  },
  examples: [
    {
      line: './edgelift trust new.pub --replace',
      text: {
        en: 'rotate: new.pub.minisig is signed with the old key',
        zh: '轮换：new.pub.minisig 由旧密钥签名',
      },
    },
  ],
  load: async () => (await import('./trust.ts')).trustCommand,
}
