import type { Lang } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import { type Finding, placedText } from '../findings.ts'

/** One line for each finding: what should be read though it forbids nothing. */
export function findingLines(findings: readonly Finding[], lang: Lang, paint: Paint): string[] {
  const warning = lang === 'zh' ? '警告' : 'warning'
  return findings.map((one) => `${paint.yellow(`${warning}[${one.code}]`)} ${placedText(one)[lang]}`)
}
