import type { CommandSpec } from '@edgelift/core/cli'
import { PUBKEY } from './common-options.ts'

export const completeSpec: CommandSpec = {
  usage: 'complete',
  describe: {
    en: 'Rebuild the full archive from this delta and an older archive',
    zh: '由本增量包和旧离线包还原完整离线包',
  },
  options: {
    base: {
      type: 'array',
      value: 'DIRECTORY|ARCHIVE',
      describe: {
        en: 'the older archive, its parts, or its unpacked directory; repeatable',
        zh: '旧离线包、其分卷或解包目录；可指定多个',
      },
    },
    into: {
      type: 'string',
      value: 'DIRECTORY',
      describe: {
        en: "parent of the rebuilt archive's directory (default: beside this delta)",
        zh: '离线包目录的生成位置（默认与本增量包同级）',
      },
    },
    archive: {
      type: 'boolean',
      describe: {
        en: 'also write the archive itself (.tar.gz), byte for byte',
        zh: '同时生成与原始完全一致的离线包（.tar.gz）',
      },
    },
    pubkey: PUBKEY,
  },
  examples: [
    {
      line: './edgelift complete --base /data/kubeedge-edge-1.22.0-amd64',
      text: { en: 'on a node that has the older archive', zh: '在已有旧离线包的节点上' },
    },
  ],
  load: async () => (await import('./complete.ts')).completeCommand,
}
