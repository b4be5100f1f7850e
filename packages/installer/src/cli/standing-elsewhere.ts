import { realpathSync } from 'node:fs'
import type { Env } from '@edgelift/core/cli'

/** The archive's directory, where the person stands in another one; undefined in it, and where no launcher names it. */
export function standingElsewhere({ EDGELIFT_DIRECTORY: directory }: Env): string | undefined {
  if (directory === undefined || !directory.startsWith('/')) return undefined
  try {
    return realpathSync(process.cwd()) === realpathSync(directory) ? undefined : directory
  } catch {
    return directory // the folder in which the person stands was deleted
  }
}
