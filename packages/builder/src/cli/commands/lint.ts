import type { CommandHandler } from '@edgelift/core/cli'
import { loadConfig } from '../../config.ts'
import { findingJson, hasErrors, refused } from '../../findings.ts'
import { lintRelease } from '../../release/lint.ts'
import { LintArguments, parseArguments } from '../arguments.ts'
import { findingLines } from '../finding-lines.ts'
import { findRelease } from '../settings.ts'

/** A configuration that is named is checked too: `lock` and `build` would refuse it. */
export function lintCommand(home: string): CommandHandler {
  return async (args) => {
    const { release: name, config } = parseArguments(LintArguments, args)
    const { subject, isCarried, release } = await findRelease(name, home)
    if (config !== undefined) await loadConfig(config)
    const findings = lintRelease(release)
    if (hasErrors(findings)) {
      throw refused('RELEASE_REFUSED', findings, {
        subject,
        outcome: { en: 'it cannot be locked', zh: '无法锁定' },
      })
    }
    return {
      document: {
        release: subject,
        ...(config === undefined ? {} : { config }),
        findings: findings.map(findingJson),
      },
      text: (lang, paint) =>
        [
          ...findingLines(findings, lang, paint),
          lang === 'zh'
            ? `${subject}${isCarried ? '（edgelift 内置）' : ''}：没有错误`
            : `${subject}${isCarried ? ' (carried by edgelift)' : ''}: no errors`,
          ...(config === undefined ? [] : [lang === 'zh' ? `${config}：没有错误` : `${config}: no errors`]),
        ].join('\n'),
    }
  }
}
