import { MESH_UNIT } from '../mesh/places.ts'
import { meshStatus } from '../mesh/status.ts'
import type { Host } from '../node/host.ts'
import type { Receipt } from '../state/receipt.ts'
import { launcherOf } from '../state/way-back.ts'
import { again, type Diagnosis } from './diagnosis.ts'

/** Whether the service that heals stale Endpoints can do so. */
export async function meshRefreshDiagnoses(host: Host, receipt: Receipt): Promise<Diagnosis[]> {
  const status = await meshStatus(host, receipt)
  // A silent systemd is told with the services.
  if (status?.running === undefined || (status.running && status.state?.error === undefined)) return []
  const log = `journalctl -u ${MESH_UNIT}`
  if (!status.running)
    return [
      {
        code: 'MESH_REFRESH_OFF',
        seen: { en: `${MESH_UNIT} does not run`, zh: `${MESH_UNIT} 未运行` },
        cause: {
          en: `somebody stopped it, or it fails; its log: ${log}`,
          zh: `该服务被停止，或启动失败；日志：${log}`,
        },
        fix: again(launcherOf(receipt)),
      },
    ]
  const words = status.state?.error ?? ''
  return [
    {
      code: 'MESH_REFRESH_OFF',
      seen: { en: `${MESH_UNIT} cannot reach what it needs`, zh: `${MESH_UNIT} 无法访问所需资源` },
      cause: {
        en: 'the API does not respond to it, or its permissions were changed',
        zh: 'API 对其无响应，或其权限被修改',
      },
      fix: again(launcherOf(receipt)),
      words,
    },
  ]
}
