import { runProgram, streamsOf } from '@edgelift/core/cli'
import { roleOfBundle } from './cli/bundle-directory.ts'
import { installerProgram } from './cli/program.ts'

const { argv, env } = process
process.exitCode = await runProgram(installerProgram(await roleOfBundle(env)), {
  argv: argv.slice(2),
  env,
  streams: streamsOf(process, env),
})
