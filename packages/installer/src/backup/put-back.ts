import { chown, copyFile, link, lstat, readlink, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { hashFile, isErrno, makeFolder, syncFolder, temporaryBeside } from '@edgelift/core'
import { DATASTORE } from '../k3s/places.ts'
import { namingTarget, statOf, sweepBeside, syncFile } from '../node/copies.ts'
import { writingTo } from '../node/disk.ts'
import { type Host, onHost } from '../node/host.ts'
import { replaceLink } from '../node/links.ts'
import { SQLITE_SIDE_FILES } from '../node/sqlite.ts'
import { raiseRevision } from './raise-revision.ts'
import type { CopiedFile, CopyRecord } from './record.ts'

/**
 * Puts a copy's files and links where they were; what is so already is left alone. Each appears whole or not at all, so
 * it may be repeated after it was cut off anywhere. Programs that have a database of it open must have been stopped.
 * K3s' datastore comes back with its revision raised ({@link raiseRevision}).
 * @param targetOf where a file goes, as this process sees it; undefined leaves it out
 */
export async function putBack(
  host: Host,
  folder: string,
  { files, links }: CopyRecord,
  targetOf: (place: string) => string | undefined = (place) => onHost(host, place),
): Promise<void> {
  for (const file of files) {
    const target = targetOf(file.path)
    if (target !== undefined) await putFile(host, onHost(host, path.join(folder, file.name)), file, target)
  }
  for (const { path: place, to } of links) {
    const target = targetOf(place)
    if (target !== undefined) await putLink(target, to)
  }
}

async function putFile(host: Host, from: string, file: CopiedFile, target: string): Promise<void> {
  if (await isSame(from, target, file)) return
  await makeFolder(path.dirname(target))
  await sweepBeside(target)
  const temporary = temporaryBeside(target)
  try {
    if (file.sha256 === undefined) await link(from, temporary)
    else
      await writingTo(host, { file: file.path, size: file.size }, async () => {
        await copyAs(from, temporary, file)
        if (file.path !== DATASTORE) return
        raiseRevision(temporary, target)
        await syncFile(temporary, file.mode)
      })
    // A log of another database would be replayed over this one.
    if (file.database) await removeSideFiles(target)
    await rename(temporary, target)
    await syncFolder(path.dirname(target))
  } catch (error) {
    namingTarget(target, temporary)(error)
  } finally {
    await rm(temporary, { force: true })
    if (file.database) await removeSideFiles(temporary)
  }
}

async function copyAs(from: string, to: string, { uid, gid, mode }: CopiedFile): Promise<void> {
  await copyFile(from, to)
  await chown(to, uid, gid)
  await syncFile(to, mode)
}

async function removeSideFiles(target: string): Promise<void> {
  for (const suffix of SQLITE_SIDE_FILES) await rm(`${target}${suffix}`, { force: true })
}

/** A database is told by its side files, too: it is put back whatever it looks like. */
async function isSame(
  from: string,
  target: string,
  { database, size, mode, sha256 }: CopiedFile,
): Promise<boolean> {
  if (database) return false
  const found = await statOf(target)
  if (!found?.isFile() || found.size !== size || (found.mode & 0o7777) !== mode) return false
  if (sha256 === undefined) return found.ino === (await lstat(from)).ino
  return (await hashFile(target)).sha256 === sha256
}

async function putLink(target: string, to: string): Promise<void> {
  const found = await readlink(target).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return undefined
    throw error
  })
  if (found === to) return
  await makeFolder(path.dirname(target))
  await replaceLink(target, to)
}
