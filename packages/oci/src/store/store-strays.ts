import { lstat, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { type Digest, isDigest, removeOwn } from '@edgelift/core'
import { gone } from './store-files.ts'

/** What stands at a blob's place and is no regular file, nor a link to one. */
export interface Stray {
  readonly digest: Digest
  readonly path: string
}

/**
 * Removes what stands at the places of blobs and is none.
 * @throws FILE_NOT_REGULAR for a directory that holds something
 */
export async function removeStrays(folder: string): Promise<Stray[]> {
  const strays: Stray[] = []
  for (const name of (await readdir(folder)).sort()) {
    const digest = `sha256:${name}`
    const file = path.join(folder, name)
    if (!isDigest(digest) || (await stat(file).catch(gone))?.isFile()) continue
    if ((await lstat(file).catch(gone)) === undefined) continue // pruned meanwhile
    await removeOwn(file)
    strays.push({ digest, path: file })
  }
  return strays
}
