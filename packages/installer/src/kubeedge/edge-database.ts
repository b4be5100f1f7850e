import { open } from 'node:fs/promises'
import path from 'node:path'
import { makeFolder } from '@edgelift/core'
import { type Host, onHost } from '../node/host.ts'
import { isOpenToOthers } from '../settings/environment.ts'

/** What EdgeCore remembers of its node: Secrets and ConfigMaps of its pods, EdgeMesh's PSK among them. */
export const EDGE_DATABASE = '/var/lib/kubeedge/edgecore.db'

/**
 * Makes the database root's alone, before EdgeCore makes one that everybody may read: SQLite opens with 0644, and gives its
 * journals the mode of the database (sqlite os_unix.c, findCreateFileMode). An empty file is an empty database.
 */
export async function keepDatabasePrivate(host: Host): Promise<void> {
  const file = onHost(host, EDGE_DATABASE)
  await makeFolder(path.dirname(file))
  await using database = await open(file, 'a', 0o600)
  await database.chmod(0o600)
}

export function isDatabaseOpen(host: Host): Promise<boolean> {
  return isOpenToOthers(onHost(host, EDGE_DATABASE))
}
