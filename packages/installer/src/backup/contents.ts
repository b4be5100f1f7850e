import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { PATHS } from '@edgelift/bundle'
import { isErrno } from '@edgelift/core'
import { DATASTORE, K3S_DATA } from '../k3s/places.ts'
import { k3sReads } from '../k3s/reads.ts'
import { EDGE_DATABASE } from '../kubeedge/edge-database.ts'
import { fileOfPsk } from '../kubeedge/psk.ts'
import { type Host, onHost } from '../node/host.ts'
import { RECEIPT, type Receipt } from '../state/receipt.ts'
import type { Contents } from './record.ts'

const SERVER = `${K3S_DATA}/server`
/** What K3s writes at each start from its own program, and the datastore. */
const STAGED: ReadonlySet<string> = new Set(['db', 'manifests', 'static'])

/**
 * What makes a cloud the cloud that its edges know: the datastore, in which helm's values, CloudCore's CA and every
 * object lie; K3s' certificates and token; its node's password; EdgeMesh's PSK; the settings and the receipt.
 */
export async function cloudContents(host: Host, receipt: Receipt): Promise<Contents> {
  const { directory } = receipt
  const staged = (place: string) => path.dirname(place) === SERVER && STAGED.has(path.basename(place))
  return {
    files: [
      ...(await filesBelow(host, SERVER, staged)),
      ...(await filesBelow(host, '/etc/rancher/node')),
      pskOf(receipt),
      path.join(directory, PATHS.answers),
      RECEIPT,
    ],
    replaced: [],
    databases: [DATASTORE],
  }
}

/** What a backup holds of a cloud: {@link cloudContents}, and the settings that others have given to its K3s. */
export async function backupContents(host: Host, receipt: Receipt): Promise<Contents> {
  const { files, ...rest } = await cloudContents(host, receipt)
  const reads = await k3sReads(host)
  return { ...rest, files: [...files, ...reads], followed: [pskOf(receipt), ...reads] }
}

/** Where a cloud keeps EdgeMesh's PSK. */
function pskOf({ directory, settings }: Receipt): string {
  return fileOfPsk(directory, typeof settings.pskFile === 'string' ? settings.pskFile : undefined)
}

/** What makes an edge the node that its cloud knows: certificates and configuration, and what EdgeCore remembers. */
export async function edgeContents(host: Host): Promise<Contents> {
  return {
    files: [...(await filesBelow(host, '/etc/kubeedge')), RECEIPT],
    replaced: [],
    databases: [EDGE_DATABASE],
  }
}

/** Paths of all files and links below a folder, sorted; sockets and devices are none. */
async function filesBelow(
  host: Host,
  folder: string,
  isLeftOut: (place: string) => boolean = () => false,
): Promise<string[]> {
  const entries = await readdir(onHost(host, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  })
  const found: string[] = []
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const place = path.join(folder, entry.name)
    if (isLeftOut(place)) continue
    if (entry.isDirectory()) found.push(...(await filesBelow(host, place, isLeftOut)))
    else if (entry.isFile() || entry.isSymbolicLink()) found.push(place)
  }
  return found
}
