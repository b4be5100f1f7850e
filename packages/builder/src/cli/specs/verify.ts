import type { CommandSpec } from '@edgelift/core/cli'
import { PUBKEY } from './common.ts'

export function verifySpec(): CommandSpec {
  return {
    usage: 'verify <archive..>',
    describe: {
      en: 'Verify archives without unpacking them, or unpacked directories',
      zh: '校验离线包（无需解包）或已解包的目录',
    },
    positionals: {
      archive: {
        describe: { en: 'archives, their parts, or directories', zh: '离线包、分卷或目录' },
      },
    },
    options: { pubkey: PUBKEY },
    examples: [
      {
        line: 'edgelift verify dist/*.tar.gz --pubkey edgelift.key.pub',
        text: { en: 'check content and signature', zh: '内容与签名' },
      },
    ],
    epilogue: {
      en: 'Without edgelift: sha256sum -c SHA256SUMS in the unpacked directory, minisign -V -p KEY.pub -m SHA256SUMS.',
      zh: '不使用 edgelift 时：在解包目录中运行 sha256sum -c SHA256SUMS，以及 minisign -V -p KEY.pub -m SHA256SUMS。',
    },
    load: async () => (await import('../commands/verify.ts')).verifyCommand,
  }
}
