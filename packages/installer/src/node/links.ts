import { lstat, readlink, rm } from 'node:fs/promises'
import { isErrno } from '@edgelift/core'
import { type Host, onHost } from './host.ts'

/** Whether a symbolic link is there that leads to `to`, as written in it. */
export async function isLinkTo(host: Host, link: string, to: string): Promise<boolean> {
  try {
    const place = onHost(host, link)
    return (await lstat(place)).isSymbolicLink() && (await readlink(place)) === to
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}

/** Removes a link that still leads there; true when it did. */
export async function removeLink(host: Host, link: string, to: string): Promise<boolean> {
  if (!(await isLinkTo(host, link, to))) return false
  await rm(onHost(host, link), { force: true })
  return true
}
