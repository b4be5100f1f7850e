import path from 'node:path'
import { existsOnHost, type Host } from '../node/host.ts'
import { mustStop } from '../node/units.ts'
import { fail } from '../problem/codes.ts'
import { moveAway } from '../state/written.ts'
import type { Run } from '../steps/run.ts'
import { TOKEN_FILES } from './damaged-files.ts'
import { K3S_UNIT } from './files.ts'
import { DATASTORE } from './places.ts'

/**
 * Whether K3s has a datastore, and its token is in none of the files that name it. It then makes another token, and cannot
 * start: what the datastore keeps of its authorities is encrypted with the former ("bootstrap data already found and encrypted
 * with different token", K3s pkg/cluster/storage.go). The datastore is synced at each commit, those files are not.
 */
export async function isTokenLost(host: Host): Promise<boolean> {
  for (const file of TOKEN_FILES) if (await existsOnHost(host, file)) return false
  return await existsOnHost(host, DATASTORE)
}

/**
 * Has a K3s whose token is lost begin with an empty datastore: that of a first start which was cut off holds nothing of worth.
 * @throws STEP_FAILED where a release was wholly installed
 */
export async function beginAgain({ host, changes, report }: Run): Promise<void> {
  if (changes.wasComplete) throw lost()
  await mustStop(host, [K3S_UNIT])
  const place = await moveAway(host, path.dirname(DATASTORE))
  const text = {
    en: `K3s' token was lost in a power loss, before the installation was complete: K3s starts with an empty datastore; the old one is kept as ${place}`,
    zh: `安装完成前断电，K3s 令牌（token）丢失：K3s 将以空的数据库启动；原数据库保存为 ${place}`,
  }
  report({ type: 'note', level: 'warning', text })
}

function lost(): Error {
  const files = TOKEN_FILES.join(', ')
  return fail('STEP_FAILED', {
    what: { en: `K3s' token is missing (${files})`, zh: `K3s 令牌（token）缺失（${files}）` },
    because: {
      en: 'its datastore is encrypted with the token, and K3s cannot start without it',
      zh: '数据库用该令牌加密，缺少令牌时 K3s 无法启动',
    },
    fix: {
      en: 'put one of the two files back; otherwise run ./cleanup.sh, then ./install.sh --restore FILE with a backup of this node',
      zh: '放回其中任一文件；否则先运行 ./cleanup.sh，再用本节点的备份运行 ./install.sh --restore FILE',
    },
  })
}
