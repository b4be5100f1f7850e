import { namingPath, openRegular } from '@edgelift/core'
import { partsListAt } from './names.ts'
import { openParts } from './open-parts.ts'
import { type ArchiveSource, fillFrom, readAt } from './source.ts'

/**
 * Opens an archive: a file, or its parts by the name of one, of their list, or of the archive that they make.
 * @throws FILE_NOT_REGULAR, SPLIT_DAMAGED when a part is missing; the file system's errors, which name the file
 */
export async function openArchive(where: string): Promise<ArchiveSource> {
  const list = await partsListAt(where)
  return list === undefined ? openFile(where) : openParts(list)
}

async function openFile(file: string): Promise<ArchiveSource> {
  const handle = await openRegular(file)
  return {
    size: (await handle.stat()).size,
    read: (at, length) => readAt(handle, at, length).catch(namingPath(file)),
    fill: (at, bytes) => fillFrom(handle, at, bytes).catch(namingPath(file)),
    problems: async () => [],
    [Symbol.asyncDispose]: () => handle.close(),
  }
}
