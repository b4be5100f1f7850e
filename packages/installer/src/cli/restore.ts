import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import type { CommandContext } from '@edgelift/core/cli'
import { unlessUnreadable } from '../backup/copy.ts'
import { checkRestore, openRestore, type Restore, unfinishedRestore } from '../backup/restore.ts'
import { networkFacts } from '../inspect/network.ts'
import type { Host } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import type { Settings } from '../settings/schema.ts'
import type { Receipt } from '../state/receipt.ts'
import { saidInReceipt } from '../state/settings-of-receipt.ts'
import { knownPassphrase } from './passphrase.ts'

export interface RestoreArgs {
  readonly restore?: unknown
  readonly 'passphrase-file'?: unknown
}

/**
 * The backup that this run restores: the one that is named, else the one that an interrupted run was restoring. It is read
 * to its end, and nothing is changed.
 * @throws what is wrong with the file, or with this machine for it
 */
export async function restoreOf(
  args: RestoreArgs,
  place: {
    readonly host: Host
    readonly manifest: BundleManifest
    readonly receipt: Receipt | undefined
    /** KubeEdge alone, on an existing cluster. */
    readonly only: boolean
  },
  context: CommandContext,
): Promise<Restore | undefined> {
  const { host, manifest, receipt, only } = place
  if (args.restore !== undefined && (only || manifest.role === 'edge')) throw notHere(only)
  if (only || manifest.role === 'edge') return undefined
  const file = typeof args.restore === 'string' ? path.resolve(args.restore) : undefined
  // What is left of one that is through is none to go on with, whole or not.
  if (file === undefined && receipt?.completed !== undefined) return undefined
  // A backup that is named takes the place of what a disk has damaged of an earlier one.
  const unfinished = await unfinishedRestore(host).catch((error: unknown) => {
    if (file === undefined) throw error
    return unlessUnreadable(error)
  })
  if (file === undefined && unfinished === undefined) return undefined
  const restore =
    file === undefined
      ? unfinished
      : await openRestore(host, {
          file,
          passphrase: once(() => knownPassphrase(context, args['passphrase-file'])),
        })
  if (restore === undefined) return undefined
  const isSame = unfinished !== undefined && unfinished.record.created === restore.record.created
  const { addresses } = await networkFacts(host)
  checkRestore(restore, { manifest, addresses, installed: isSame ? undefined : receipt?.bundle })
  return restore
}

/** The settings of the machine that was backed up, with what it found out by itself. */
export function saidInBackup({ receipt, record }: Restore): Record<string, unknown> {
  const { name, ip } = record.node
  return {
    ...saidInReceipt(receipt),
    ...(name === undefined ? {} : { nodeName: name }),
    ...(ip === undefined ? {} : { nodeIp: ip }),
  }
}

/** Edges and the datastore know the node by these. @throws RESTORE_REFUSED */
export function checkRestoredNode(settings: Settings, { record }: Restore): void {
  const { name, ip } = record.node
  const isOther = (now: string | undefined, then: string | undefined) => then !== undefined && now !== then
  if (!isOther(settings.nodeName, name) && !isOther(settings.nodeIp, ip)) return
  throw fail('RESTORE_REFUSED', {
    what: { en: 'this backup cannot be restored with these settings', zh: '无法以这些安装参数恢复该备份' },
    because: {
      en: `the node was ${name} at ${ip}; nodeName ${settings.nodeName} and nodeIp ${settings.nodeIp} are set`,
      zh: `原节点为 ${name}（${ip}）；当前设置为 nodeName ${settings.nodeName}、nodeIp ${settings.nodeIp}`,
    },
    fix: { en: 'leave nodeName and nodeIp to the backup', zh: '请不要设置 nodeName 与 nodeIp，由备份决定' },
  })
}

/** Files that the operator may have laid into the archive's directory. */
export function restoreFiles(args: RestoreArgs): string[] {
  return [args.restore, args['passphrase-file']].flatMap((file) =>
    typeof file === 'string' ? [path.resolve(file)] : [],
  )
}

function notHere(only: boolean): Error {
  return fail('ROLE_MISMATCH', {
    what: {
      en: '--restore is for ./install.sh of the cloud archive',
      zh: '--restore 仅用于云端离线包的 ./install.sh',
    },
    because: {
      en: 'a backup holds a cloud with its K3s',
      zh: '备份的内容是云端及其 K3s',
    },
    fix: only
      ? {
          en: 'restore the existing cluster by its own means; then run ./install-kubeedge-only.sh without --restore',
          zh: '请用该集群自己的方式恢复，然后执行 ./install-kubeedge-only.sh（不带 --restore）',
        }
      : {
          en: 'an edge that is lost joins again with a new token',
          zh: '边缘节点丢失后，用新令牌重新接入即可',
        },
  })
}

/** The file is read twice; its passphrase is asked for once. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask()
    return asked
  }
}
