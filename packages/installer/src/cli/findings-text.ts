import type { Lang, Text } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import type { Finding } from '../preflight/finding.ts'

/** Findings as text: what was seen, why it matters, how to fix it. */
export function findingsText(
  findings: readonly Finding[],
  lang: Lang,
  paint: Pick<Paint, 'red' | 'yellow' | 'dim'>,
): string {
  if (findings.length === 0) return lang === 'zh' ? '预检：没有发现问题。' : 'Preflight: no findings.'
  const colour = { error: paint.red, warning: paint.yellow, note: paint.dim }
  const words = lang === 'zh' ? { matters: '原因：', fix: '处理：' } : { matters: 'why: ', fix: 'fix: ' }
  return findings
    .map(({ severity, code, seen, matters, fix }) =>
      [
        `${colour[severity](`${severity}[${code}]`)}: ${seen[lang]}`,
        `  ${words.matters}${matters[lang]}`,
        `  ${words.fix}${fix[lang]}`,
      ].join('\n'),
    )
    .join('\n')
}

/** A finding that does not refuse the installation, on one line of its progress. */
export function findingLine({ code, seen, matters, fix }: Finding): Text {
  return {
    en: `${seen.en} [${code}]: ${matters.en}. Fix: ${fix.en}`,
    zh: `${seen.zh} [${code}]：${matters.zh}。处理：${fix.zh}`,
  }
}
