import { counted, type Lang, type Text } from '@edgelift/core'
import { formatTable, type Paint } from '@edgelift/core/cli'
import { CERTIFICATE_NAMES, type CertificateEnd, stageOf } from '../inspect/certificates.ts'
import { DAY } from '../node/certificate-end.ts'

/** For JSON: `state` is `expired`, `soon` (within 30 days), `planned` (within 60) or `ok`. */
export function certificateDocument(end: CertificateEnd, now: number) {
  const states = { 0: 'expired', 30: 'soon', 60: 'planned' } as const
  const stage = stageOf(end, now)
  return {
    name: end.name,
    place: end.place,
    ends: new Date(end.ends).toISOString(),
    days: Math.floor((end.ends - now) / DAY),
    state: stage === undefined ? ('ok' as const) : states[stage],
  }
}

const EXPIRED: Text = { en: 'expired', zh: '已过期' }

function daysLeft(days: number): Text {
  return { en: `${counted(days, 'day')} left`, zh: `还有 ${days} 天` }
}

const TITLE: Text = { en: 'Valid until:', zh: '有效期至：' }

/** Of a certificate that could not be read: why, and where to look. */
export function unreadText(name: 'edgecore' | 'cloudhub', lang: Lang): string {
  const title = CERTIFICATE_NAMES[name][lang]
  return lang === 'zh'
    ? `${title}有效期未知：${UNREAD[name].zh}`
    : `${title}: end unknown, ${UNREAD[name].en}`
}

const UNREAD = {
  cloudhub: {
    en: 'its Secret cannot be read from the API: ./edgelift doctor',
    zh: '无法从 API 读取其 Secret，请执行 ./edgelift doctor',
  },
  edgecore: {
    en: 'it is missing or damaged: ./edgelift doctor',
    zh: '证书缺失或已损坏，请执行 ./edgelift doctor',
  },
} as const satisfies Record<string, Text>

/** Of files of K3s that are damaged: which, and what helps. */
export function damagedText(files: readonly string[]): Text {
  return {
    en: `K3s' certificates, keys or passwords are damaged: ${files.join(', ')}; ./install.sh has K3s write them again`,
    zh: `K3s 的证书、密钥或口令文件已损坏：${files.join('、')}；请执行 ./install.sh，由 K3s 重新写入`,
  }
}

/** One line each under a title; nothing where there is none. */
export function certificatesText(
  ends: readonly CertificateEnd[],
  now: number,
  lang: Lang,
  paint: Pick<Paint, 'red' | 'yellow'>,
): string[] {
  if (ends.length === 0) return []
  const rows = ends.map((end) => {
    const { ends: at, days } = certificateDocument(end, now)
    const stage = stageOf(end, now)
    const left = (stage === 0 ? EXPIRED : daysLeft(days))[lang]
    const colour = stage === undefined ? (text: string) => text : stage === 60 ? paint.yellow : paint.red
    return [`  ${CERTIFICATE_NAMES[end.name][lang]}`, at, end.name === 'join-token' ? '' : colour(left)]
  })
  return [TITLE[lang], ...formatTable(rows).split('\n')]
}
