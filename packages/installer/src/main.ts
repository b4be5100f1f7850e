import { runProcess } from '@edgelift/core/cli'
import { installerProgram } from './cli/program.ts'
import { roleOfBundle } from './cli/role-of-bundle.ts'
import { standingElsewhere } from './cli/standing-elsewhere.ts'

/** The command line, with this process' arguments and streams; sets its exit code. */
export async function main(): Promise<void> {
  // Folders of the machine are made on the way to files: with root's umask of 0 everybody could write in them, also in those
  // from which root runs programs, and with one of 077 nobody else could pass through /usr/local/bin.
  process.umask(0o022)
  const { env } = process
  const typed = { launcher: env.EDGELIFT_LAUNCHER, elsewhere: standingElsewhere(env) }
  await runProcess(installerProgram(await roleOfBundle(env), typed))
}
