import { runProcess } from '@edgelift/core/cli'
import { installerProgram } from './cli/program.ts'
import { roleOfBundle } from './cli/role-of-bundle.ts'

/** The command line, with this process' arguments and streams; sets its exit code. */
export async function main(): Promise<void> {
  await runProcess(installerProgram(await roleOfBundle(process.env)))
}
