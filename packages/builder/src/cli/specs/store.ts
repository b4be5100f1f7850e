import type { CommandSpec } from '@edgelift/core/cli'

export function storeSpec(home: string): CommandSpec {
  return {
    usage: 'store <action> [file]',
    describe: {
      en: 'List, prune, verify, export or import the content store',
      zh: '列出、清理、校验、导出或导入内容存储',
    },
    positionals: {
      action: {
        describe: { en: 'what to do', zh: '操作' },
        choices: ['ls', 'prune', 'verify', 'export', 'import'],
      },
      file: {
        describe: {
          en: 'export, import: the file that is moved across the air gap',
          zh: 'export、import：拷入隔离网络的文件',
        },
      },
    },
    options: {
      release: {
        type: 'array',
        value: 'RELEASE',
        describe: {
          en: 'export: only what build --offline of these releases reads (default: everything)',
          zh: 'export：只导出这些发布清单离线构建所需的内容（默认：全部）',
        },
      },
      'older-than': {
        type: 'string',
        value: '30d',
        describe: {
          en: 'prune: only what was not used for this long (default: everything)',
          zh: 'prune：只清理超过该时长未使用的内容（默认：全部清理）',
        },
      },
      keep: {
        type: 'array',
        value: 'RELEASE',
        describe: {
          en: 'prune: keep what the locks of these releases name',
          zh: 'prune：保留这些发布的锁定文件所含内容',
        },
      },
      'dry-run': {
        type: 'boolean',
        describe: { en: 'prune: only show what would be removed', zh: 'prune：只显示，不删除' },
      },
    },
    examples: [
      {
        line: 'edgelift store prune --older-than 30d --keep kubeedge-1.22.0',
        text: { en: 'free some space', zh: '释放空间' },
      },
      {
        line: 'edgelift store verify',
        text: { en: 'check everything, remove what is damaged', zh: '校验全部内容并删除损坏部分' },
      },
      {
        line: 'edgelift store export store.tar --release kubeedge-1.22.0',
        text: { en: 'for a builder without internet access', zh: '用于不能访问外网的构建机' },
      },
      {
        line: 'edgelift store import store.tar',
        text: {
          en: 'on that builder; then build --offline',
          zh: '在该构建机上导入，然后执行 build --offline',
        },
      },
    ],
    load: async () => (await import('../commands/store.ts')).storeCommand(home),
  }
}
