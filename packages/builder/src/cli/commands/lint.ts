import type { CommandHandler } from '@edgelift/core/cli'
import { findingJson, hasErrors, refused } from '../../findings.ts'
import { lintRelease } from '../../release/lint.ts'
import { LintArguments, parseArguments } from '../arguments.ts'
import { findingLines } from '../finding-lines.ts'
import { findRelease } from '../settings.ts'

export function lintCommand(home: string): CommandHandler {
  return async (args) => {
    const { release: name } = parseArguments(LintArguments, args)
    const { subject, isCarried, release } = await findRelease(name, home)
    const findings = lintRelease(release)
    if (hasErrors(findings)) {
      throw refused('RELEASE_REFUSED', findings, {
        subject,
        outcome: { en: 'it cannot be locked', zh: '无法锁定' },
      })
    }
    return {
      document: { release: subject, findings: findings.map(findingJson) },
      text: (lang, paint) =>
        [
          ...findingLines(findings, lang, paint),
          lang === 'zh'
            ? `${subject}${isCarried ? '（edgelift 内置）' : ''}：没有错误`
            : `${subject}${isCarried ? ' (carried by edgelift)' : ''}: no errors`,
        ].join('\n'),
    }
  }
}
