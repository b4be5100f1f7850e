import type { Text } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import { unitRunLog } from '../node/units.ts'
import { fail } from '../problem/codes.ts'
import type { Ctr } from './ctr.ts'
import { CONTAINERD_UNIT } from './files.ts'

/** What a containerd without its metadata lacks: it starts all the same, and offers what does not need them (its version). */
const LACKS = /unknown service containerd\.services\./
/** How its log names the database that it could not open (bbolt: `invalid database`, `version mismatch`). */
const REASON = /failed to load plugin" error="?([^"]+?)"? id=io\.containerd\.metadata\.v1\.bolt/g

/**
 * Why a containerd that runs offers neither images nor containers, in the words of its log; undefined where it offers them,
 * and while it does not respond.
 */
export async function containerdDamage(host: Host, [command, ...args]: Ctr): Promise<string | undefined> {
  const { code, stderr } = await host.exec(command, [...args, 'containers', 'ls', '-q'], { timeout: 30_000 })
  if (code === 0 || !LACKS.test(stderr)) return undefined
  const log = await unitRunLog(host, CONTAINERD_UNIT)
  return [...log.matchAll(REASON)].at(-1)?.[1] ?? stderr.trim()
}

/** @throws STEP_FAILED when containerd could not open its database, with the way out */
export async function mustHaveDatabase(host: Host, ctr: Ctr, bundled: boolean): Promise<void> {
  const damage = await containerdDamage(host, ctr)
  if (damage === undefined) return
  throw fail('STEP_FAILED', {
    what: {
      en: 'containerd runs, but offers neither images nor containers',
      zh: 'containerd 已运行，但不提供镜像与容器服务',
    },
    because: { en: `it cannot open its database: ${damage}`, zh: `无法打开其数据库：${damage}` },
    fix: databaseFix(bundled),
  })
}

/** Containers outlive a containerd that has lost them, and a new database knows none of them: hence the reboot. */
export function databaseFix(bundled: boolean): Text {
  if (bundled)
    return {
      en: 'check the disk (dmesg), then: systemctl disable edgecore containerd; reboot; mv /var/lib/containerd /var/lib/containerd.damaged; ./install.sh imports the images of the archive again, and pods are created again. Images that others imported have to be imported again',
      zh: '请检查磁盘（dmesg），然后依次执行：systemctl disable edgecore containerd；重启本机；mv /var/lib/containerd /var/lib/containerd.damaged；再执行 ./install.sh，将重新导入离线包中的镜像，Pod 会重新创建。其他人导入的镜像需重新导入',
    }
  return {
    en: "repair this machine's containerd (journalctl -u containerd); its database is io.containerd.metadata.v1.bolt/meta.db in its root folder. Then run it again",
    zh: '请修复本机的 containerd（journalctl -u containerd）；其数据库为根目录中的 io.containerd.metadata.v1.bolt/meta.db。然后重新运行',
  }
}
