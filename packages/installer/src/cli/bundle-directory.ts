import path from 'node:path'
import { type BundleManifest, PATHS, readManifest, verifyDirectory } from '@edgelift/bundle'
import { EdgeliftError, isErrno, readRegular } from '@edgelift/core'
import type { Env } from '@edgelift/core/cli'
import { requireRootOwned } from '../trust/root-owned.ts'

/** The unpacked archive that this program lies in. */
export interface BundleDirectory {
  readonly directory: string
  readonly manifest: BundleManifest
}

/**
 * @param env the launcher hands the directory over in `EDGELIFT_DIRECTORY`
 * @throws DIRECTORY_UNSAFE (root only), MANIFEST_INVALID, or what the audit says of a directory without a manifest
 */
export async function openBundleDirectory(env: Env): Promise<BundleDirectory> {
  const directory = path.resolve(env.EDGELIFT_DIRECTORY ?? '.')
  if (process.geteuid?.() === 0) await requireRootOwned(directory)
  return { directory, manifest: readManifest(await manifestBytes(directory), PATHS.manifest) }
}

async function manifestBytes(directory: string): Promise<Buffer> {
  try {
    return await readRegular(path.join(directory, PATHS.manifest))
  } catch (error) {
    // A pipe or a folder in its place is told as the audit tells it.
    if (isErrno(error, 'ENOENT') || error instanceof EdgeliftError) await verifyDirectory(directory)
    throw error
  }
}
