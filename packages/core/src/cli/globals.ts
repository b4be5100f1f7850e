import type { OptionSpec } from './specs.ts'

/** The options of every command of every program. */
export const GLOBALS: Readonly<Record<string, OptionSpec>> = {
  json: {
    type: 'boolean',
    describe: { en: 'one JSON document on standard output', zh: '在标准输出打印一个 JSON 文档' },
  },
  lang: {
    type: 'string',
    choices: ['en', 'zh'],
    describe: { en: 'language (default: the locale’s)', zh: '语言（默认取自系统区域）' },
  },
  quiet: { type: 'boolean', describe: { en: 'no progress, no summary', zh: '不显示进度和摘要' } },
  verbose: { type: 'boolean', describe: { en: 'more detail, stack traces', zh: '更多细节和调用栈' } },
}
