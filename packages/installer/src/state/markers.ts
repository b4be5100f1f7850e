import { rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { clearWay, isErrno, makeFolder, removeOwn, writeFileAtomic } from '@edgelift/core'
import { namesIn } from '../node/copies.ts'
import { existsOnHost, type Host, onHost } from '../node/host.ts'
import { STATE_FOLDER } from './journal.ts'

const FOLDER = `${STATE_FOLDER}/marks`

/** What a marker's name begins with that is of use to later runs. */
export const LASTING_MARKERS = ['restart/', 'kept-pod/', 'restored'] as const

/**
 * Remembers over a kill and a power loss what is still to be done (`restart/edgecore.service`), and what no file of the
 * host tells. On the disk when the promise resolves.
 */
export async function setMarker(host: Host, name: string): Promise<void> {
  if (await hasMarker(host, name)) return
  await makeFolder(onHost(host, FOLDER))
  await clearWay(fileOf(host, name))
  await writeFileAtomic(fileOf(host, name), '', 0o600)
}

export function hasMarker(host: Host, name: string): Promise<boolean> {
  return existsOnHost(host, `${FOLDER}/${encodeURIComponent(name)}`)
}

/** Names of all that are set. A file that is none of ours is left out. */
export async function markers(host: Host): Promise<string[]> {
  const files = (await namesIn(onHost(host, FOLDER))) ?? []
  return files.filter(isOurs).map(decodeURIComponent).sort()
}

function isOurs(file: string): boolean {
  try {
    return encodeURIComponent(decodeURIComponent(file)) === file
  } catch {
    return false
  }
}

/** The last one takes the folder with it. */
export async function clearMarker(host: Host, name: string): Promise<void> {
  await removeOwn(fileOf(host, name))
  await rmdir(onHost(host, FOLDER)).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error
  })
}

export async function clearMarkers(host: Host): Promise<void> {
  await rm(onHost(host, FOLDER), { recursive: true, force: true })
}

function fileOf(host: Host, name: string): string {
  return path.join(onHost(host, FOLDER), encodeURIComponent(name))
}
