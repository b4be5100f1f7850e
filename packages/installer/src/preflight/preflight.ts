import type { EdgeliftError } from '@edgelift/core'
import { counted, joinTexts, type Text } from '@edgelift/core'
import { fail } from '../problem/codes.ts'
import { bundleFindings } from './bundle-findings.ts'
import { cloudFindings } from './cloud-findings.ts'
import type { PreflightContext } from './context.ts'
import { diskFindings } from './disk-findings.ts'
import type { Finding } from './finding.ts'
import { firewallFindings } from './firewall-findings.ts'
import { hostFindings } from './host-findings.ts'
import { k3sConfigFindings } from './k3s-config-findings.ts'
import { kernelFindings } from './kernel-findings.ts'
import { networkFindings } from './network-findings.ts'
import { settingFindings } from './setting-findings.ts'
import { unreadFindings } from './unread-findings.ts'
import { upgradeFindings } from './upgrade-findings.ts'
import { versionFindings } from './version-findings.ts'

const ORDER = { error: 0, warning: 1, note: 2 } as const

/** All findings at once, errors first. Pure: nothing is asked of the machine any more. */
export function preflight(context: PreflightContext): Finding[] {
  return bySeverity([
    ...bundleFindings(context),
    ...upgradeFindings(context),
    ...versionFindings(context),
    ...settingFindings(context),
    ...unreadFindings(context),
    ...hostFindings(context),
    ...firewallFindings(context),
    ...k3sConfigFindings(context),
    ...kernelFindings(context),
    ...diskFindings(context),
    ...networkFindings(context),
    ...cloudFindings(context),
  ])
}

/** Errors first; within a severity in the order of the rooms that found them. */
export function bySeverity(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity])
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
    what: refused(errors.length),
    because: joinTexts(errors.map(line), '; '),
    fix: joinTexts(
      errors.map((finding) => finding.fix),
      '; ',
    ),
  })
}

/** The same for somebody who has the findings before their eyes. */
export function shortRefusal(findings: readonly Finding[]): EdgeliftError {
  const errors = findings.filter((finding) => finding.severity === 'error')
  return fail('PREFLIGHT_REFUSED', {
    what: refused(errors.length),
    because: [...new Set(errors.map(({ code }) => code))].join(', '),
    fix: {
      en: 'fix the errors above, then run it again; --dry-run checks without installing',
      zh: '请处理上面标为 error 的各项，然后重新运行；--dry-run 仅检查、不安装',
    },
  })
}

function refused(errors: number): Text {
  return {
    en: `this machine is not ready (${counted(errors, 'error')}); nothing was changed`,
    zh: `本机尚不满足安装条件（${errors} 项错误）；未做任何更改`,
  }
}
