import type { CommandSpec } from '@edgelift/core/cli'

export function diffSpec(): CommandSpec {
  const side = {
    en: 'an archive, an unpacked directory, a manifest.json or a .lock.json',
    zh: '离线包、已解包的目录、manifest.json 或 .lock.json',
  }
  return {
    usage: 'diff <from> <to>',
    describe: {
      en: 'Show what changed between two archives, directories or locks',
      zh: '比较两个离线包、目录或锁定文件的差异',
    },
    positionals: { from: { describe: side }, to: { describe: side } },
    options: {
      'exit-code': {
        type: 'boolean',
        describe: { en: 'exit 1 when they differ', zh: '有差异时以 1 退出' },
      },
      report: {
        type: 'string',
        value: 'FILE.html',
        describe: { en: 'write the differences as a web page', zh: '将差异写成网页' },
      },
    },
    examples: [
      {
        line: 'edgelift diff old.tar.gz new.tar.gz',
        text: { en: 'compare before an upgrade', zh: '升级前查看' },
      },
    ],
    load: async () => (await import('../commands/diff.ts')).diffCommand,
  }
}
