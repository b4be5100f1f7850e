import { counted, type Lang, type Text } from '@edgelift/core'
import { formatTable, type Paint } from '@edgelift/core/cli'
import {
  CERTIFICATE_NAMES,
  type CertificateEnd,
  type CertificateName,
  stageOf,
} from '../inspect/certificates.ts'
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

/** What could not be read, and why that is; nothing where everything was. */
export function unreadText(names: readonly CertificateName[], lang: Lang): string[] {
  return names.map((name) => {
    const why = name === 'cloudhub' ? API_SILENT : FILE_UNREADABLE
    return lang === 'zh'
      ? `${CERTIFICATE_NAMES[name].zh}有效期未知：${why.zh}`
      : `${CERTIFICATE_NAMES[name].en}: end unknown, ${why.en}`
  })
}

const API_SILENT: Text = {
  en: 'its Secret cannot be read from the API: ./edgelift doctor',
  zh: '无法从 API 读取其 Secret，请执行 ./edgelift doctor',
}
const FILE_UNREADABLE: Text = {
  en: 'the file is missing or damaged: ./edgelift doctor',
  zh: '文件缺失或已损坏，请执行 ./edgelift doctor',
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
