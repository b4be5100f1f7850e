import { EdgeliftError, type Lang, type Text } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import type { SettingsInEffect } from '../inspect/settings-in-effect.ts'
import { type Plan, planDocument } from '../install/plan.ts'
import type { Finding } from '../preflight/finding.ts'
import { findingsText } from './findings-text.ts'
import { settingsText } from './settings-text.ts'

/** The plan, also of an installation that would be refused; empty where a setting is missing that it is made from. */
export function planOf(make: () => Plan): ReturnType<typeof planDocument> {
  try {
    return planDocument(make())
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'ANSWER_NEEDED') return []
    throw error
  }
}

/** What a dry run tells people. */
export function dryRunText(
  {
    findings,
    settings,
    plan,
    refused,
  }: {
    findings: readonly Finding[]
    settings: SettingsInEffect
    plan: readonly { readonly title: Text }[]
    refused: boolean
  },
  lang: Lang,
  paint: Paint,
): string {
  const words = {
    plan: { en: 'Plan:', zh: '计划：' },
    ready: {
      en: 'Nothing was changed. Without --dry-run, this would be installed.',
      zh: '未做任何更改。去掉 --dry-run 即执行安装。',
    },
    refused: {
      en: 'Nothing was changed. The installation would be refused because of the errors above.',
      zh: '未做任何更改。由于上述错误，安装将被拒绝。',
    },
  }
  return [
    findingsText(findings, lang, paint),
    ...settingsText(settings, lang),
    ...(plan.length === 0 ? [] : [paint.bold(words.plan[lang])]),
    ...plan.map(({ title }, index) => `  ${index + 1}. ${title[lang]}`),
    (refused ? words.refused : words.ready)[lang],
  ].join('\n')
}
