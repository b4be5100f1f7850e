import { type ParseArgsConfig, parseArgs } from 'node:util'

/**
 * The arguments of a script of this repository. A mistyped one is told with the help, and the process ends with exit code 2.
 * @param help what the script's `--help` prints
 */
export function typed<T extends ParseArgsConfig>(config: T, help: string): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config)
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')))
      throw error
    process.stderr.write(`${error.message}\n\n${help}`)
    process.exit(2)
  }
}
