import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepHeapSmall } from '@edgelift/core'
import { runProgram, streamsOf } from '@edgelift/core/cli'
import { builderProgram } from './cli/program.ts'

/** The command line, with this process' arguments and streams; sets its exit code. */
export async function main(): Promise<void> {
  const { argv, env, stdout, stderr } = process
  if (argv.includes('build')) keepHeapSmall() // before other parts of the program are loaded
  // `edgelift inspect … | head` closes the pipe: that is the end of the output, not an error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
  process.exitCode = await runProgram(builderProgram(path.dirname(fileURLToPath(import.meta.url))), {
    argv: argv.slice(2),
    env,
    streams: streamsOf({ stdout, stderr }, env),
  })
}
