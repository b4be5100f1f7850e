import path from 'node:path'
import { PATHS, type Role } from '@edgelift/bundle'
import { parseJson, readRegular } from '@edgelift/core'
import type { Env } from '@edgelift/core/cli'

/**
 * The role of the archive, for the help; undefined where the manifest does not tell. The schema is left to the commands, which
 * read the whole manifest and report what is wrong with it: loading it takes a quarter of the time of `--help`.
 */
export async function roleOfBundle(env: Env): Promise<Role | undefined> {
  try {
    const bytes = await readRegular(path.join(env.EDGELIFT_DIRECTORY ?? '.', PATHS.manifest))
    const { role } = parseJson(bytes.toString('utf8')) as { readonly role?: unknown }
    return role === 'cloud' || role === 'edge' ? role : undefined
  } catch {
    return undefined
  }
}
