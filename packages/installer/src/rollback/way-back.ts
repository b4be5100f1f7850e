import type { Text } from '@edgelift/core'
import { checkCopy, damaged, readCopy, receiptOfCopy } from '../backup/copy.ts'
import type { CopyRecord } from '../backup/record.ts'
import type { Host } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import type { Former, Receipt } from '../state/receipt.ts'
import { canRollBack } from '../state/way-back.ts'

/** A release that this machine can go back to. */
export interface WayBack {
  readonly former: Former
  /** Of the copy. */
  readonly folder: string
  readonly record: CopyRecord
  /** As it was before the upgrade. */
  readonly receipt: Receipt
}

/**
 * The release before the last upgrade, its copy checked to the last byte.
 * @throws ROLLBACK_IMPOSSIBLE, BACKUP_DAMAGED
 */
export async function wayBack(host: Host, receipt: Receipt | undefined): Promise<WayBack> {
  if (receipt === undefined) throw impossible({ en: 'nothing is installed here', zh: '本机尚未安装' })
  const { former } = receipt
  if (!canRollBack(receipt)) throw ofExistingCluster(former)
  if (former === undefined)
    throw impossible({
      en: `no copy of a release before ${receipt.bundle} is kept: its upgrade is complete, or there was none`,
      zh: `没有保留 ${receipt.bundle} 之前发布的备份：升级已完成，或没有升级过`,
    })
  const folder = former.copy
  const record = await readCopy(host, folder)
  if (record === undefined) throw damaged(folder, { en: 'it is not complete', zh: '内容不完整' })
  await checkCopy(host, folder, record)
  return { former, folder, record, receipt: await receiptOfCopy(host, folder, record) }
}

/** There the former archive itself is the way back; an upgrade that is complete has forgotten which one that was. */
function ofExistingCluster(former: Former | undefined): Error {
  const because = {
    en: "KubeEdge runs on an existing cluster, whose datastore is not edgelift's to replace",
    zh: 'KubeEdge 运行在已有集群上，其数据存储不归 edgelift 管理',
  }
  return former === undefined
    ? impossible(because, {
        en: 'run sudo ./install-kubeedge-only.sh --allow-downgrade in the directory of the release to go back to',
        zh: '请在要回退到的发布的目录中执行 sudo ./install-kubeedge-only.sh --allow-downgrade',
      })
    : impossible(because, {
        en: `run sudo ./install-kubeedge-only.sh in the directory of ${former.bundle}`,
        zh: `请在 ${former.bundle} 的目录中执行 sudo ./install-kubeedge-only.sh`,
      })
}

function impossible(because: Text, fix?: Text): Error {
  return fail('ROLLBACK_IMPOSSIBLE', {
    what: { en: 'there is no release to go back to', zh: '没有可回退的发布' },
    because,
    fix: fix ?? {
      en: 'for the next upgrade: ./install.sh --keep-previous keeps the release before it',
      zh: '下次升级时使用 ./install.sh --keep-previous，可保留升级前的发布',
    },
  })
}
