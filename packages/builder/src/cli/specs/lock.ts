import type { CommandSpec } from '@edgelift/core/cli'
import { RELEASE } from './common.ts'

export function lockSpec(home: string): CommandSpec {
  return {
    usage: 'lock <release>',
    describe: {
      en: 'Pin every URL and image of a release by digest; check that it is complete and has not drifted',
      zh: '将发布清单的所有 URL 和镜像锁定到摘要，并检查完整性与漂移',
    },
    positionals: { release: { describe: RELEASE } },
    options: {
      check: {
        type: 'boolean',
        describe: {
          en: 'write nothing; exit 1 with the differences when the lock is stale',
          zh: '不写文件；锁定文件过期时列出差异并以 1 退出',
        },
      },
    },
    examples: [
      {
        line: 'edgelift lock kubeedge-1.22.0',
        text: {
          en: 'writes kubeedge-1.22.0.lock.json, from which build reads',
          zh: '生成 kubeedge-1.22.0.lock.json，供 build 使用',
        },
      },
      {
        line: 'edgelift lock kubeedge-1.22.0 --check',
        text: { en: 'drift alarm of a CI job', zh: 'CI 中的漂移告警' },
      },
    ],
    load: async () => (await import('../commands/lock.ts')).lockCommand(home),
  }
}
