import { runProcess } from './run-process.ts'

/** A program whose only command writes more than a pipe holds. */
await runProcess({
  name: 'tool',
  version: '1',
  describe: { en: 'A tool', zh: '工具' },
  resume: { en: 'run it again', zh: '请重新运行' },
  commands: [
    {
      usage: 'say',
      describe: { en: 'Says it', zh: '输出' },
      load: async () => async () => ({ document: {}, text: () => 'word '.repeat(100_000) }),
    },
  ],
})
