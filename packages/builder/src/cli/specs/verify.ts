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
    options: {
      pubkey: PUBKEY,
      layers: {
        type: 'boolean',
        describe: {
          en: 'also unpack the layers of all images, as containerd will on the node: find those that it would refuse',
          zh: '同时像节点上的 containerd 一样解包所有镜像层，找出会被拒绝的层',
        },
      },
    },
    examples: [
      {
        line: 'edgelift verify dist/*.tar.gz --pubkey release.key.pub',
        text: { en: 'check content and signature', zh: '内容与签名' },
      },
      {
        line: 'edgelift verify dist/*.tar.gz --layers',
        text: { en: 'also check that every image layer unpacks', zh: '同时检查每个镜像层能否解包' },
      },
    ],
    epilogue: {
      en: 'Without edgelift: sha256sum -c SHA256SUMS in the unpacked directory, minisign -V -p KEY.pub -m SHA256SUMS.',
      zh: '不使用 edgelift 时：在解包目录中运行 sha256sum -c SHA256SUMS，以及 minisign -V -p KEY.pub -m SHA256SUMS。',
    },
    load: async () => (await import('../commands/verify.ts')).verifyCommand,
  }
}
