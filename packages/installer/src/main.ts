import { runProgram, streamsOf } from '@edgelift/core/cli'
import { installerProgram } from './cli/program.ts'
import { roleOfBundle } from './cli/role-of-bundle.ts'

/** The command line, with this process' arguments and streams; sets its exit code. */
export async function main(): Promise<void> {
  const { argv, env } = process
  process.exitCode = await runProgram(installerProgram(await roleOfBundle(env)), {
    argv: argv.slice(2),
    env,
    streams: streamsOf(process, env),
  })
}
