import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type BundleManifest, PATHS, readManifest } from '@edgelift/bundle'

/** The unpacked archive that this program lies in. */
export interface BundleDirectory {
  readonly directory: string
  readonly manifest: BundleManifest
}

/**
 * @param env the launcher hands the directory over in `EDGELIFT_DIRECTORY`
 * @throws MANIFEST_INVALID
 */
export async function openBundleDirectory(
  env: Readonly<Record<string, string | undefined>>,
): Promise<BundleDirectory> {
  const directory = path.resolve(env.EDGELIFT_DIRECTORY ?? '.')
  return {
    directory,
    manifest: readManifest(await readFile(path.join(directory, PATHS.manifest)), PATHS.manifest),
  }
}
