import { lstat, readlink, rename, rm, symlink } from 'node:fs/promises'
import { isErrno, temporaryBeside } from '@edgelift/core'
import { namingTarget, sweepBeside } from './copies.ts'
import { type Host, onHost } from './host.ts'

/** Where a symbolic link leads, as written in it; undefined where there is no link. */
export async function linkTarget(host: Host, link: string): Promise<string | undefined> {
  try {
    const place = onHost(host, link)
    return (await lstat(place)).isSymbolicLink() ? await readlink(place) : undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** Whether a symbolic link is there that leads to `to`, as written in it. */
async function isLinkTo(host: Host, link: string, to: string): Promise<boolean> {
  return (await linkTarget(host, link)) === to
}

/** Removes a link that still leads there; true when it did. */
export async function removeLink(host: Host, link: string, to: string): Promise<boolean> {
  if (!(await isLinkTo(host, link, to))) return false
  await rm(onHost(host, link), { force: true })
  return true
}

/**
 * Makes a link that leads to `to`, in place of what is there; at no time is neither there.
 * @param place as this process sees it
 */
export async function replaceLink(place: string, to: string): Promise<void> {
  await sweepBeside(place)
  const temporary = temporaryBeside(place)
  try {
    await symlink(to, temporary)
    await rename(temporary, place)
  } catch (error) {
    await rm(temporary, { force: true })
    namingTarget(place, temporary)(error)
  }
}
