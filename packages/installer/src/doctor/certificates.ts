import type { Text } from '@edgelift/core'
import {
  CERTIFICATE_NAMES,
  type CertificateEnd,
  type CertificateName,
  certificateEnds,
  stageOf,
} from '../inspect/certificates.ts'
import type { Place } from '../kube/access.ts'
import type { Receipt } from '../state/receipt.ts'
import type { Diagnosis } from './diagnosis.ts'

const DAY = 86_400_000 // milliseconds

/** Certificates that have expired or will within 60 days. */
export async function certificateDiagnoses(place: Place, receipt: Receipt): Promise<Diagnosis[]> {
  const now = place.host.now()
  return (await certificateEnds(place, receipt)).flatMap((end) => certificateDiagnosis(end, now))
}

/** Pure. @param now milliseconds since 1970 */
export function certificateDiagnosis(end: CertificateEnd, now: number): Diagnosis[] {
  const stage = stageOf(end, now)
  if (stage === undefined) return []
  const name = CERTIFICATE_NAMES[end.name]
  const at = new Date(end.ends).toISOString()
  const days = Math.floor((end.ends - now) / DAY)
  return [
    {
      code: stage === 0 ? 'CERTIFICATE_EXPIRED' : 'CERTIFICATE_ENDS',
      seen:
        stage === 0
          ? {
              en: `${name.en}: expired at ${at} (${end.place})`,
              zh: `${name.zh}已于 ${at} 过期（${end.place}）`,
            }
          : {
              en: `${name.en}: ${days} days left, until ${at} (${end.place})`,
              zh: `${name.zh}还有 ${days} 天到期：${at}（${end.place}）`,
            },
      cause: CAUSES[end.name],
      fix: stage !== 0 && end.name === 'edgecore' ? STAY_CONNECTED : FIXES[end.name],
    },
  ]
}

const CAUSES: Readonly<Record<CertificateName, Text>> = {
  k3s: {
    en: 'K3s renews its certificates at its start, within 120 days of their end, and has not been restarted',
    zh: 'K3s 仅在启动时续签 120 天内到期的证书，此后未重启',
  },
  cloudhub: { en: 'CloudCore issues it once', zh: 'CloudCore 只签发一次' },
  cloudstream: {
    en: 'the chart issues it for 365 days and never again: kubectl logs and exec to edges stop working',
    zh: 'chart 签发的有效期为 365 天，之后不会续签：对边缘节点执行 kubectl logs/exec 会失败',
  },
  edgecore: {
    en: 'EdgeCore renews it by itself while it is connected to the cloud, which it has not been for long enough',
    zh: 'EdgeCore 连接云端时会自动续签，但近期未能连接足够长的时间',
  },
  'join-token': { en: 'CloudCore renews it every 12 hours', zh: 'CloudCore 每 12 小时更新一次' },
}

const STAY_CONNECTED: Text = {
  en: 'keep it connected to the cloud for some hours; then run ./edgelift status again',
  zh: '请使其与云端保持连接数小时，然后重新执行 ./edgelift status',
}

const FIXES: Readonly<Record<CertificateName, Text>> = {
  k3s: { en: 'systemctl restart k3s (pods keep running)', zh: 'systemctl restart k3s（Pod 不会停止）' },
  cloudhub: {
    en: 'k3s kubectl -n kubeedge delete secret cloudcoresecret; k3s kubectl -n kubeedge rollout restart deployment/cloudcore',
    zh: 'k3s kubectl -n kubeedge delete secret cloudcoresecret; k3s kubectl -n kubeedge rollout restart deployment/cloudcore',
  },
  cloudstream: {
    en: './bin/helm --kubeconfig /etc/rancher/k3s/k3s.yaml -n kubeedge uninstall cloudcore; k3s kubectl -n kubeedge delete secret cloudcore; ./install.sh (edges reconnect within a minute)',
    zh: './bin/helm --kubeconfig /etc/rancher/k3s/k3s.yaml -n kubeedge uninstall cloudcore; k3s kubectl -n kubeedge delete secret cloudcore; ./install.sh（边缘节点一分钟内重新连接）',
  },
  edgecore: {
    en: 'on the cloud: ./edgelift token --join edge-join.yaml; here: ./install.sh --config edge-join.yaml',
    zh: '在云端执行 ./edgelift token --join edge-join.yaml；在本机执行 ./install.sh --config edge-join.yaml',
  },
  'join-token': { en: './edgelift token', zh: './edgelift token' },
}
