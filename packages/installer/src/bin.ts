import { runProgram } from '@edgelift/core/cli'
import { installerProgram } from './cli/program.ts'

const { argv, env, stdout, stderr } = process
process.exitCode = await runProgram(installerProgram, {
  argv: argv.slice(2),
  env,
  streams: { stdout, stderr },
})
