import path from 'node:path'
import { checkOutputFile, formatBytes } from '@edgelift/core'
import { backUpCloud } from '../backup/back-up.ts'
import { backupContents } from '../backup/contents.ts'
import { gatherFacts } from '../inspect/gather.ts'
import { onHost } from '../node/host.ts'
import { pathWithin } from '../node/within.ts'
import { fail } from '../problem/codes.ts'
import { resolveCloud } from '../settings/cloud.ts'
import { readReceipt } from '../state/read-receipt.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import { lockNode } from './node-host.ts'
import { type NodeCommand, onNode } from './on-node.ts'
import { newPassphrase } from './passphrase.ts'

export const backup: NodeCommand = async ({ host, directory, manifest }, args, context) => {
  if (manifest.role !== 'cloud') throw cloudOnly()
  await using _lock = await lockNode(host)
  const receipt = await readReceipt(host)
  requireBackupable(receipt)
  const file = path.resolve(String(args.file))
  if ((await pathWithin(directory, file)) !== undefined) throw inDirectory(file)
  const { files, databases } = await backupContents(host, receipt)
  const inputs = [...files, ...databases].map((place) => onHost(host, place))
  await checkOutputFile(String(args.file), { inputs: [...inputs, passphraseFile(args)] })
  const passphrase = await newPassphrase(context, {
    file: args['passphrase-file'],
    asked: args.passphrase === true,
  })
  const settings = settingsOfReceipt(receipt)
  if (settings.role !== 'cloud') throw cloudOnly()
  const { nodeName, nodeIp } = resolveCloud(settings, await gatherFacts(host, directory, receipt), [])
  const { size, record } = await backUpCloud({
    host,
    receipt,
    node: { name: nodeName, ip: nodeIp },
    target: { file, passphrase },
    signal: context.signal,
  })
  const sealed = passphrase !== undefined
  if (!sealed) context.report({ type: 'note', level: 'warning', text: OPEN })
  return {
    document: {
      file,
      size,
      sealed,
      bundle: record.bundle,
      created: record.created,
      files: record.files.length,
    },
    text: (lang) =>
      lang === 'zh'
        ? `${file}（${formatBytes(size)}，${record.bundle}）`
        : `${file} (${formatBytes(size)}, ${record.bundle})`,
  }
}

function passphraseFile({ 'passphrase-file': file }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof file === 'string' ? file : undefined
}

export const backupCommand = onNode(backup)

const OPEN = {
  en: 'the backup is not sealed: whoever reads it can take over the cluster; --passphrase seals it',
  zh: '备份未加密：获得该文件即可接管集群；可用 --passphrase 加密',
}

/** @throws NOT_INSTALLED, ROLE_MISMATCH, BACKUP_REFUSED */
export function requireBackupable(receipt: Receipt | undefined): asserts receipt is Receipt {
  if (receipt?.completed === undefined)
    throw fail('NOT_INSTALLED', {
      what: { en: 'no complete installation to back up', zh: '没有已完成的安装可供备份' },
      fix: { en: 'run ./install.sh first', zh: '请先执行 ./install.sh' },
    })
  if (receipt.role !== 'cloud') throw cloudOnly()
  if (receipt.kubeEdgeOnly !== undefined)
    throw fail('BACKUP_REFUSED', {
      what: { en: 'this cloud runs on an existing cluster', zh: '此云端运行在已有集群上' },
      because: {
        en: "the cluster's datastore and certificates are not edgelift's to copy",
        zh: '该集群的数据存储与证书不归 edgelift 管理',
      },
      fix: {
        en: "back it up by the cluster's own means (etcdctl snapshot save), with edgemesh-psk.txt",
        zh: '请用该集群自己的方式备份（如 etcdctl snapshot save），并备份 edgemesh-psk.txt',
      },
    })
}

function inDirectory(file: string): Error {
  return fail('BACKUP_REFUSED', {
    what: { en: `${file} lies in the archive's directory`, zh: `${file} 位于离线包目录中` },
    because: {
      en: 'the audit refuses files that were not packed, and a backup belongs on another disk',
      zh: '校验会拒绝离线包之外的文件，且备份应保存在其他磁盘',
    },
    fix: {
      en: 'name a file elsewhere, such as /mnt/usb/cloud.backup',
      zh: '请指定其他位置，例如 /mnt/usb/cloud.backup',
    },
  })
}

function cloudOnly(): Error {
  return fail('ROLE_MISMATCH', {
    what: { en: 'only a cloud node is backed up', zh: '仅云端节点需要备份' },
    because: {
      en: 'an edge that is lost joins again with a new token',
      zh: '边缘节点丢失后，用新令牌重新接入即可',
    },
    fix: { en: 'run ./edgelift backup FILE on the cloud node', zh: '请在云端执行 ./edgelift backup 文件' },
  })
}
