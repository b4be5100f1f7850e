import { rm } from 'node:fs/promises'
import path from 'node:path'
import { K3S_IMAGES } from '../k3s/files.ts'
import { namesIn } from '../node/copies.ts'
import { type Host, onHost } from '../node/host.ts'
import { COPIES } from '../state/copies.ts'
import { changesOf, type Former, RECEIPT, type Receipt } from '../state/receipt.ts'
import { WRITTEN } from '../state/written.ts'
import { headOf } from './back-up.ts'
import { cloudContents, edgeContents } from './contents.ts'
import { layCopy } from './copy.ts'
import { type CopyDatabase, copySqlite } from './database.ts'
import type { Contents } from './record.ts'

/**
 * Lays a restorable copy of what is installed down: the way back from an upgrade.
 * @param images of the release; empty where they are not known
 */
export async function copyFormer(
  host: Host,
  receipt: Receipt,
  images: readonly string[],
  copyDatabase: CopyDatabase = copySqlite,
): Promise<Former> {
  const head = headOf(host, receipt, receipt.node.name === undefined ? {} : { name: receipt.node.name })
  const time = head.created.replace(/\.\d+/, '').replaceAll(/[-:]/g, '')
  const folder = `${COPIES}/${time}-${receipt.bundle}`
  await dropCopies(host, receipt.former?.copy) // what killed runs have left
  try {
    await layCopy({ host, head, contents: await contentsOf(host, receipt), copyDatabase, folder })
  } catch (error) {
    await rm(onHost(host, folder), { recursive: true, force: true })
    throw error
  }
  return { bundle: receipt.bundle, lock: receipt.lock, images: [...images], copy: folder }
}

/** Its data, and every file that was laid down. */
async function contentsOf(host: Host, receipt: Receipt): Promise<Contents> {
  const laid = [...changesOf(receipt, 'file'), ...changesOf(receipt, 'link')].map((change) => change.path)
  const data =
    receipt.role === 'edge'
      ? await edgeContents(host)
      : receipt.kubeEdgeOnly === undefined
        ? await cloudContents(host, receipt)
        : { files: [RECEIPT], databases: [] }
  return {
    files: [...new Set([...data.files, WRITTEN, ...laid.filter((place) => !isReplaced(place))])],
    replaced: laid.filter(isReplaced),
    databases: data.databases,
  }
}

/** Programs and images: large, and replaced by a rename. */
function isReplaced(place: string): boolean {
  return [K3S_IMAGES, '/usr/local/bin', '/usr/local/sbin', '/opt/cni/bin'].includes(path.dirname(place))
}

/** Removes all copies but one; the folder with the last one. */
export async function dropCopies(host: Host, kept: string | undefined): Promise<void> {
  const names = (await namesIn(onHost(host, COPIES))) ?? []
  if (kept === undefined) return rm(onHost(host, COPIES), { recursive: true, force: true })
  for (const name of names)
    if (`${COPIES}/${name}` !== kept)
      await rm(onHost(host, `${COPIES}/${name}`), { recursive: true, force: true })
}
