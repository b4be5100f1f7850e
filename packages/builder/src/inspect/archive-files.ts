import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { archiveName, partsAmong, partsList } from '@edgelift/bundle'

/**
 * What belongs to an archive, whichever of its files is named, and is read with it: all of its parts, their list, checksum and
 * signatures. No report may replace one of them. A directory is itself.
 */
export async function filesOfArchive(where: string): Promise<readonly string[]> {
  const archive = archiveName(where)
  const [folder, list] = [path.dirname(archive), partsList(archive)]
  const parts = partsAmong(await readdir(folder).catch(() => []), path.basename(archive))
  return [
    ...[where, archive, `${archive}.sha256`, `${archive}.minisig`, list, `${list}.minisig`],
    ...parts.map(({ name }) => path.join(folder, name)),
  ]
}
