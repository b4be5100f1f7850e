import { fail } from '../codes.ts'
import { EXIT, type ExitCode } from '../errors.ts'
import { fileErrorWords } from '../file-errors.ts'
import { streamsOf } from './process-streams.ts'
import { languageOf, runProgram } from './program.ts'
import { printError } from './shell.ts'
import type { ProgramSpec } from './specs.ts'

/**
 * Runs a program with this process' arguments and streams and sets its exit code. A reader that closes the pipe
 * (`edgelift inspect … | head`) ends the output, not the work; output that is lost otherwise is an error at the end.
 */
export async function runProcess(spec: ProgramSpec): Promise<void> {
  const { env, stdout, stderr } = process
  const argv = process.argv.slice(2)
  const streams = streamsOf(process, env)
  let lost: Error | undefined
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost ??= error
  })
  stderr.on('error', () => {}) // there is no other place to tell it
  const exit = await runProgram(spec, { argv, env, streams })
  await new Promise((resolve) => setImmediate(resolve)) // streams tell their errors in the next turn
  if (lost !== undefined)
    printError(outputLost(lost), { streams, lang: languageOf(argv, env), json: false, verbose: false })
  process.exitCode = lost !== undefined && exit === EXIT.done ? (EXIT.failed satisfies ExitCode) : exit
}

function outputLost(error: Error): ReturnType<typeof fail> {
  return fail('FILE_UNUSABLE', {
    what: { en: 'cannot write to standard output', zh: '无法写入标准输出' },
    because: fileErrorWords(error),
    fix: {
      en: 'redirect the output to another place and run the command again',
      zh: '请将输出重定向到其他位置，然后重新运行',
    },
  })
}
