import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { keepHeapSmall } from '@edgelift/core'
import { runProcess } from '@edgelift/core/cli'
import { builderProgram } from './cli/program.ts'

/** The command line, with this process' arguments and streams; sets its exit code. */
export async function main(): Promise<void> {
  if (process.argv.includes('build')) keepHeapSmall() // before other parts of the program are loaded
  await runProcess(builderProgram(path.dirname(fileURLToPath(import.meta.url))))
}
