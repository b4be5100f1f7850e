import { runProgram } from '@edgelift/core/cli'
import { askLine, askSecret, askYesNo } from './ask.ts'

// A command of the test that asks while progress is on the screen.
process.exitCode = await runProgram(
  {
    name: 'tool',
    version: '1',
    describe: { en: 'A tool', zh: '工具' },
    resume: { en: 'run it again', zh: '请重新执行' },
    commands: [
      {
        usage: 'ask',
        describe: { en: 'asks', zh: '询问' },
        load: () =>
          Promise.resolve(async (_args, context) => {
            context.report({ type: 'transfer', id: 'a', label: 'a bar', done: 1, total: 9 })
            await new Promise((resolve) => setTimeout(resolve, 150)) // until it is drawn
            const secret = await askSecret(context, { en: 'Secret:', zh: '机密：' })
            const isYes = await askYesNo(context, { en: 'Install it?', zh: '是否安装？' }, false)
            const line = await askLine(context, { en: 'Address:', zh: '地址：' })
            return { document: {}, text: () => `${secret?.length} ${isYes} ${line}` }
          }),
      },
    ],
  },
  { argv: process.argv.slice(2), env: process.env, streams: process },
)
