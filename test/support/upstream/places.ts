import { existsSync } from 'node:fs'
import path from 'node:path'

/** The root of this repository. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../../..')

/**
 * Upstream's own charts, CRDs and lists of the release's versions, kept beside the repository (`EDGELIFT_SHARED`);
 * undefined on a machine that does not have them.
 */
export function sharedUpstream(): string | undefined {
  const folder = path.join(
    process.env.EDGELIFT_SHARED ?? path.join(repositoryRoot, '..', 'shared'),
    'upstream',
  )
  return existsSync(folder) ? folder : undefined
}
