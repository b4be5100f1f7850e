import { mkdir, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, writeFileAtomic } from '@edgelift/core'
import { existsOnHost, type Host, onHost } from '../node/host.ts'
import { STATE_FOLDER } from './journal.ts'

const FOLDER = `${STATE_FOLDER}/marks`

/**
 * Remembers, over a kill and a power loss, what no file of the host tells: that an object was made here
 * (`namespace/kubeedge`), or that something is still to be done (`restart/edgecore.service`). On the disk when the
 * promise resolves, so it is to be set before the deed.
 */
export async function mark(host: Host, name: string): Promise<void> {
  if (await isMarked(host, name)) return
  await mkdir(onHost(host, FOLDER), { recursive: true })
  await writeFileAtomic(fileOf(host, name), '', 0o600)
}

export function isMarked(host: Host, name: string): Promise<boolean> {
  return existsOnHost(host, `${FOLDER}/${encodeURIComponent(name)}`)
}

/** Content when there is no such mark; the last one takes the folder with it. */
export async function unmark(host: Host, name: string): Promise<void> {
  await rm(fileOf(host, name), { force: true })
  await rmdir(onHost(host, FOLDER)).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error
  })
}

/** Takes all marks away: what they are of is gone as a whole. */
export async function clearMarks(host: Host): Promise<void> {
  await rm(onHost(host, FOLDER), { recursive: true, force: true })
}

function fileOf(host: Host, name: string): string {
  return path.join(onHost(host, FOLDER), encodeURIComponent(name))
}
