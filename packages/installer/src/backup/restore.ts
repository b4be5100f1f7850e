import { rm } from 'node:fs/promises'
import type { BundleManifest } from '@edgelift/bundle'
import { type Host, onHost } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { RESTORE_FOLDER } from '../state/copies.ts'
import { clearMarker } from '../state/markers.ts'
import type { Receipt } from '../state/receipt.ts'
import { damaged, parseCopiedReceipt, readCopy, receiptOfCopy, unlessUnreadable } from './copy.ts'
import { type Opening, readBackup } from './file.ts'
import type { CopyRecord } from './record.ts'
import { RESTORED } from './restore-step.ts'

/** A backup that an installation goes on from. */
export interface Restore {
  readonly record: CopyRecord
  /** Of the machine that was backed up. */
  readonly receipt: Receipt
  /** Unpacks the backup on this machine, unless that was done already. @throws BACKUP_DAMAGED where it is another one by now */
  readonly unpack: () => Promise<void>
}

/** Reads a backup file to its end; nothing is written yet. @throws what is wrong with the file */
export async function openRestore(host: Host, opening: Opening): Promise<Restore> {
  const { record, receipt } = await readBackup(opening)
  return {
    record,
    receipt: parseCopiedReceipt(receipt, opening.file),
    unpack: async () => {
      const there = await readCopy(host, RESTORE_FOLDER).catch(unlessUnreadable)
      if (there !== undefined && isSame(there, record)) return
      const unpacked = await readBackup(opening, { host, folder: RESTORE_FOLDER })
      if (isSame(unpacked.record, record)) return
      await rm(onHost(host, RESTORE_FOLDER), { recursive: true, force: true })
      throw damaged(opening.file, {
        en: 'another backup has taken its place since it was checked',
        zh: '检查之后，该文件被替换为另一个备份',
      })
    },
  }
}

function isSame(one: CopyRecord, other: CopyRecord): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

/** The backup that an interrupted installation was restoring; undefined where there was none. */
export async function unfinishedRestore(host: Host): Promise<Restore | undefined> {
  const record = await readCopy(host, RESTORE_FOLDER)
  if (record === undefined) return undefined
  return { record, receipt: await receiptOfCopy(host, RESTORE_FOLDER, record), unpack: async () => {} }
}

/** After the installation: the cluster lives on from what was restored. */
export async function forgetRestore(host: Host): Promise<void> {
  await rm(onHost(host, RESTORE_FOLDER), { recursive: true, force: true })
  await clearMarker(host, RESTORED)
}

export interface RestoreTarget {
  readonly manifest: Pick<BundleManifest, 'name' | 'lock' | 'role'>
  readonly addresses: readonly string[]
  /** What is installed here already, unless a restore of this very backup put it there. */
  readonly installed: string | undefined
}

/** @throws RESTORE_REFUSED with what would be right */
export function checkRestore({ record }: Pick<Restore, 'record'>, target: RestoreTarget): void {
  const { manifest, addresses, installed } = target
  const { bundle, lock, node } = record
  if (installed !== undefined)
    throw refused(
      { en: `${installed} is installed on this machine`, zh: `本机已安装 ${installed}` },
      {
        en: 'restore on a new machine; to replace this installation, run ./cleanup.sh first',
        zh: '请在新机器上恢复；如需替换本机的安装，请先执行 ./cleanup.sh',
      },
    )
  if (lock !== manifest.lock)
    throw refused(
      {
        en: `it is of ${bundle}, this archive is ${manifest.name}`,
        zh: `备份来自 ${bundle}，本离线包为 ${manifest.name}`,
      },
      {
        en: `restore with the archive of that release (${bundle}), then upgrade`,
        zh: `请使用同一发布的离线包（${bundle}）恢复，然后再升级`,
      },
    )
  if (node.ip !== undefined && !addresses.includes(node.ip))
    throw refused(
      {
        en: `the cloud had the address ${node.ip}, this machine has not`,
        zh: `原云端地址为 ${node.ip}，本机没有该地址`,
      },
      {
        en: `give this machine the address ${node.ip}: edge nodes know the cloud by it`,
        zh: `请为本机配置地址 ${node.ip}：边缘节点以该地址访问云端`,
      },
    )
}

function refused(because: { en: string; zh: string }, fix: { en: string; zh: string }): Error {
  return fail('RESTORE_REFUSED', {
    what: { en: 'this backup cannot be restored here', zh: '无法在本机恢复该备份' },
    because,
    fix,
  })
}
