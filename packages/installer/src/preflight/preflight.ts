import type { EdgeliftError } from '@edgelift/core'
import { joinTexts, type Text } from '@edgelift/core'
import { fail } from '../codes.ts'
import { type BundleContext, bundleFindings } from './bundle-findings.ts'
import type { Finding } from './finding.ts'
import { hostFindings } from './host-findings.ts'
import { networkFindings } from './network-findings.ts'

const ORDER = { error: 0, warning: 1, note: 2 } as const

/** All findings at once, errors first. Pure: nothing is asked of the machine any more. */
export function preflight(context: BundleContext): Finding[] {
  return [
    ...bundleFindings(context),
    ...hostFindings(context.facts, context.manifest),
    ...networkFindings(context.facts, context.answers),
  ].sort((a, b) => ORDER[a.severity] - ORDER[b.severity])
}

/** The error that keeps an installation out; undefined when there is no finding of severity `error`. */
export function refusal(findings: readonly Finding[]): EdgeliftError | undefined {
  const errors = findings.filter((finding) => finding.severity === 'error')
  if (errors.length === 0) return undefined
  const line = (finding: Finding): Text => ({
    en: `${finding.code}: ${finding.seen.en}`,
    zh: `${finding.code}：${finding.seen.zh}`,
  })
  return fail('PREFLIGHT_REFUSED', {
    what: {
      en: `this machine is not ready (${errors.length} findings); nothing was changed`,
      zh: `本机尚不满足安装条件（${errors.length} 项）；未做任何更改`,
    },
    because: joinTexts(errors.map(line), '; '),
    cure: joinTexts(
      errors.map((finding) => finding.cure),
      '; ',
    ),
  })
}
