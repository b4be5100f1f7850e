import type { Lang } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import { type Finding, placedText } from '../findings.ts'

/** One line for each finding: what should be read though it forbids nothing. Label and code are the same in both languages, as of errors. */
export function findingLines(findings: readonly Finding[], lang: Lang, paint: Paint): string[] {
  return findings.map((one) => `${paint.yellow(`warning[${one.code}]`)} ${placedText(one)[lang]}`)
}
