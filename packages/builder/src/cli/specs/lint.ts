import type { CommandSpec } from '@edgelift/core/cli'
import { RELEASE } from './common.ts'

export function lintSpec(home: string): CommandSpec {
  return {
    usage: 'lint <release>',
    describe: {
      en: 'Check a release without network: schema, versions, names, tags',
      zh: '不联网检查发布清单：格式、版本、名称、标签',
    },
    positionals: { release: { describe: RELEASE } },
    examples: [
      {
        line: 'edgelift lint my-release.yaml',
        text: { en: 'report every problem at once', zh: '一次列出全部问题' },
      },
    ],
    load: async () => (await import('../commands/lint.ts')).lintCommand(home),
  }
}
