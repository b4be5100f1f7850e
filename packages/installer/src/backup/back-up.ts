import { rm } from 'node:fs/promises'
import { type Host, onHost } from '../node/host.ts'
import { PACKING_FOLDER } from '../state/copies.ts'
import type { Receipt } from '../state/receipt.ts'
import { backupContents } from './contents.ts'
import { type CopyHead, layCopy } from './copy.ts'
import { type CopyDatabase, copySqlite } from './database.ts'
import { writeBackup } from './file.ts'
import type { CopyRecord } from './record.ts'

export interface BackUp {
  readonly host: Host
  readonly receipt: Receipt
  readonly node: { readonly name: string; readonly ip: string }
  readonly target: { readonly file: string; readonly passphrase: string | undefined }
  readonly signal: AbortSignal
  readonly copyDatabase?: CopyDatabase
}

/** Writes a cloud's backup while it runs; the cluster is read in one moment, and nothing stops. */
export async function backUpCloud(
  request: BackUp,
): Promise<{ readonly size: number; readonly record: CopyRecord }> {
  const { host, receipt, node, target, signal, copyDatabase = copySqlite } = request
  try {
    const contents = await backupContents(host, receipt)
    const head = headOf(host, receipt, node)
    const record = await layCopy({ host, head, contents, copyDatabase, folder: PACKING_FOLDER })
    return { record, size: await writeBackup(host, PACKING_FOLDER, target, signal) }
  } finally {
    await rm(onHost(host, PACKING_FOLDER), { recursive: true, force: true })
  }
}

export function headOf(host: Host, receipt: Receipt, node: CopyHead['node']): CopyHead {
  const { role, bundle, lock, edgelift, directory } = receipt
  return { created: new Date(host.now()).toISOString(), role, bundle, lock, edgelift, directory, node }
}
