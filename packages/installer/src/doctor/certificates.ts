import { counted, type Text } from '@edgelift/core'
import {
  CERTIFICATE_NAMES,
  type CertificateEnd,
  type CertificateName,
  certificateEnds,
  damagedCertificates,
  stageOf,
  unreadCertificate,
} from '../inspect/certificates.ts'
import type { Place } from '../kube/access.ts'
import { EDGE_CERTIFICATE } from '../kubeedge/edgecore-config.ts'
import { DAY, dayOf } from '../node/certificate-end.ts'
import { NEW_TOKEN } from '../preflight/token-findings.ts'
import type { Receipt } from '../state/receipt.ts'
import type { DoctorCode } from './codes.ts'
import type { Diagnosis } from './diagnosis.ts'

/** Certificates that have expired or will within 60 days, an edge's that cannot be read, and files of K3s that are damaged. */
export async function certificateDiagnoses(place: Place, receipt: Receipt): Promise<Diagnosis[]> {
  const now = place.host.now()
  const ends = await certificateEnds(place, receipt)
  // Why CloudHub's cannot be read, API_SILENT and CLOUDCORE_DOWN say.
  const damaged = unreadCertificate(receipt, ends) === 'edgecore' ? [DAMAGED] : []
  const files = await damagedCertificates(place.host, receipt)
  return [
    ...damaged,
    ...(files.length === 0 ? [] : [damagedOfK3s(files)]),
    ...ends.flatMap((end) => certificateDiagnosis(end, now)),
  ]
}

const DAMAGED: Diagnosis = {
  code: 'CERTIFICATE_DAMAGED',
  severity: 'error',
  seen: {
    en: `EdgeCore's certificate is missing or damaged (${EDGE_CERTIFICATE})`,
    zh: `EdgeCore 证书缺失或已损坏（${EDGE_CERTIFICATE}）`,
  },
  cause: {
    en: 'the file was deleted or changed: EdgeCore connects with it, and renews it with the one that it has',
    zh: '文件被删除或修改：EdgeCore 凭该证书连接云端，也凭现有证书续签',
  },
  fix: NEW_TOKEN,
}

function damagedOfK3s(files: readonly string[]): Diagnosis {
  return {
    code: 'CERTIFICATE_DAMAGED',
    severity: 'error',
    seen: {
      en: `K3s' files with certificates, keys or passwords are damaged: ${files.join(', ')}`,
      zh: `K3s 的证书、密钥或口令文件已损坏：${files.join('、')}`,
    },
    cause: {
      en: 'a power loss or a full disk cut them off: K3s keeps such files and cannot start with them',
      zh: '断电或磁盘写满导致文件不完整：K3s 会保留这些文件，无法用其启动',
    },
    fix: {
      en: './install.sh moves them away, and K3s writes them again',
      zh: '执行 ./install.sh：损坏的文件会被移走，由 K3s 重新写入',
    },
    brings: ['UNIT_DOWN', 'API_SILENT', 'MESH_REFRESH_OFF'],
  }
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
      severity: SEVERITIES[stage],
      seen:
        stage === 0
          ? {
              en: `${name.en}: expired at ${at} (${end.place})`,
              zh: `${name.zh}已于 ${at} 过期（${end.place}）`,
            }
          : {
              en: `${name.en}: ${counted(days, 'day')} left, until ${at} (${end.place})`,
              zh: `${name.zh}还有 ${days} 天到期：${at}（${end.place}）`,
            },
      cause: CAUSES[end.name],
      ...(stage === 0
        ? { fix: afterExpiry(end.name, now), brings: BRINGS[end.name], overFor: now - end.ends }
        : { fix: FIXES[end.name] }),
    },
  ]
}

/** Renewed under a wrong clock, a certificate is not valid yet once the clock is right. */
function afterExpiry(name: CertificateName, now: number): Text {
  const fix = name === 'edgecore' ? NEW_TOKEN : FIXES[name]
  const today = dayOf(now)
  return {
    en: `first make sure that the date is right (this machine says ${today}); then ${fix.en}`,
    zh: `请先确认日期正确（本机为 ${today}）；然后 ${fix.zh}`,
  }
}

const OF_K3S: readonly DoctorCode[] = ['API_SILENT', 'MESH_REFRESH_OFF']

/** What fails with a certificate that has expired; undefined: all that certificates are for. */
const BRINGS: Readonly<Record<CertificateName, readonly DoctorCode[] | undefined>> = {
  k3s: OF_K3S,
  'k3s-ca': OF_K3S,
  cloudhub: ['NODE_NOT_READY'],
  'kubeedge-ca': ['NODE_NOT_READY'],
  cloudstream: [],
  'join-token': [],
  edgecore: undefined,
}

const SEVERITIES = { 60: 'note', 30: 'warning', 0: 'error' } as const

const CAUSES: Readonly<Record<CertificateName, Text>> = {
  k3s: {
    en: 'K3s renews its certificates at its start, within 120 days of their end, and has not been restarted',
    zh: 'K3s 仅在启动时续签 120 天内到期的证书，此后未重启',
  },
  'k3s-ca': {
    en: 'K3s makes its CA once, for ten years: no restart renews it',
    zh: 'K3s 只生成一次 CA，有效期十年，重启不会续签',
  },
  cloudhub: { en: 'CloudCore issues it once', zh: 'CloudCore 只签发一次' },
  cloudstream: {
    en: 'the chart issues it for 365 days: after that kubectl logs and exec to edges stop working',
    zh: 'chart 签发的有效期为 365 天，过期后无法对边缘节点执行 kubectl logs/exec',
  },
  'kubeedge-ca': {
    en: 'CloudCore makes its CA once: every edge joined with it',
    zh: 'CloudCore 只生成一次 CA，所有边缘节点均凭其接入',
  },
  edgecore: {
    en: 'EdgeCore renews it by itself while it is connected to the cloud, which it has not been for long enough',
    zh: 'EdgeCore 连接云端时会自动续签，但近期未能连接足够长的时间',
  },
  'join-token': { en: 'CloudCore renews it every 12 hours', zh: 'CloudCore 每 12 小时更新一次' },
}

const RENEW: Text = {
  en: './edgelift renew (pods keep running)',
  zh: './edgelift renew（Pod 不会停止）',
}

const FIXES: Readonly<Record<CertificateName, Text>> = {
  k3s: RENEW,
  'k3s-ca': {
    en: 'k3s certificate rotate-ca: see docs/en/renewal.md',
    zh: 'k3s certificate rotate-ca：见 docs/zh-CN/renewal.md',
  },
  cloudhub: RENEW,
  cloudstream: RENEW,
  'kubeedge-ca': {
    en: 'a new CA makes every edge join again: see docs/en/renewal.md',
    zh: '更换 CA 后所有边缘节点须重新接入：见 docs/zh-CN/renewal.md',
  },
  edgecore: RENEW,
  'join-token': { en: './edgelift token', zh: './edgelift token' },
}
