import type { CommandSpec } from '@edgelift/core/cli'
import { RELEASE } from './common.ts'

export function buildSpec(home: string): CommandSpec {
  return {
    usage: 'build <release>',
    describe: {
      en: 'Build archives from the lock: the same lock gives the same bytes',
      zh: '依据锁定文件构建离线包：相同的锁定文件得到相同的字节',
    },
    positionals: { release: { describe: RELEASE } },
    options: {
      role: {
        type: 'string',
        value: 'cloud,edge',
        describe: { en: 'which roles (default: both)', zh: '角色（默认：全部）' },
      },
      platform: {
        type: 'string',
        value: 'linux/amd64,linux/arm64',
        describe: { en: 'which platforms (default: all of the release)', zh: '平台（默认：清单中的全部）' },
      },
      out: {
        type: 'string',
        value: 'DIR',
        describe: { en: 'where the archives go (default: dist)', zh: '离线包输出目录（默认：dist）' },
      },
      sign: {
        type: 'string',
        value: 'KEYFILE',
        describe: { en: 'sign with this minisign secret key', zh: '用该 minisign 私钥签名' },
      },
      offline: {
        type: 'boolean',
        describe: {
          en: 'use only the store; list everything that is missing',
          zh: '只使用内容存储；缺少的内容会全部列出',
        },
      },
      rehash: {
        type: 'boolean',
        describe: {
          en: 'hash existing archives even when they look untouched since the last build',
          zh: '即使离线包自上次构建后未被改动，也重新计算其哈希',
        },
      },
      since: {
        type: 'string',
        value: 'OLD',
        describe: {
          en: 'also write deltas against an older archive, its manifest.json, or a .lock.json',
          zh: '另外生成相对旧离线包、其 manifest.json 或 .lock.json 的增量包',
        },
      },
      'only-delta': {
        type: 'boolean',
        describe: { en: 'keep only the deltas (with --since)', zh: '只保留增量包（与 --since 同用）' },
      },
      split: {
        type: 'string',
        value: '4GB',
        describe: {
          en: 'also write each archive in parts of at most this size, for FAT32 and small media',
          zh: '另外将每个离线包写成不超过该大小的分卷，用于 FAT32 或小容量介质',
        },
      },
    },
    examples: [
      {
        line: 'edgelift build kubeedge-1.22.0 --sign release.key',
        text: { en: 'build and sign all archives', zh: '全部离线包并签名' },
      },
      {
        line: 'edgelift build kubeedge-1.22.0 --role edge --platform linux/arm64',
        text: { en: 'build one archive', zh: '只构建其中一个' },
      },
      {
        line: 'edgelift build kubeedge-1.22.0 --split 4GB',
        text: { en: 'for a FAT32 disk', zh: '用于 FAT32 磁盘' },
      },
    ],
    epilogue: {
      en: 'Beside each archive: <archive>.sha256, and with --sign <archive>.minisig.\nAn existing archive that was built from the same inputs is kept, after hashing it unless its inode and times are those of that build.',
      zh: '每个离线包旁会生成 <离线包>.sha256，使用 --sign 时还有 <离线包>.minisig。\n若离线包已存在且输入完全相同，则予以保留；inode 或时间与构建时不同的，先校验哈希。',
    },
    load: async () => (await import('../commands/build.ts')).buildCommand(home),
  }
}
