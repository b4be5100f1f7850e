import { EdgeliftError, type Lang, type Text } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import type { Inspection } from '../inspect/inspection.ts'
import type { SettingsInEffect } from '../inspect/settings-in-effect.ts'
import { unitsDown } from '../inspect/stopped-units.ts'
import type { InstallRequest } from '../install/install.ts'
import type { Plan } from '../install/plan.ts'
import { type Preview, previewOf } from '../install/preview.ts'
import type { Finding } from '../preflight/finding.ts'
import { driftOfSteps } from '../steps/drift.ts'
import { findingsText } from './findings-text.ts'
import { previewText } from './preview-text.ts'
import { settingsText } from './settings-text.ts'

/** The plan, also of an installation that would be refused; undefined where a setting is missing that it is made from. */
export function planOf(make: () => Plan): Plan | undefined {
  try {
    return make()
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'ANSWER_NEEDED') return undefined
    throw error
  }
}

/** What the plan would change on a node that is installed; undefined on another one, and for a normal user. */
export async function previewHere(
  { host, directory, manifest, signal }: Pick<InstallRequest, 'host' | 'directory' | 'manifest' | 'signal'>,
  { facts, receipt, before }: Inspection,
  { steps }: Plan,
): Promise<Preview | undefined> {
  if (!facts.root || receipt === undefined || before === undefined) return undefined
  if (receipt.role !== manifest.role) return undefined
  const drift = await driftOfSteps(steps, { host, directory, manifest, receipt, signal })
  const stopped = (await unitsDown(host, receipt))?.stopped ?? []
  return previewOf({ before, receipt, manifest, drift, stopped, steps: steps.map(({ id }) => id) })
}

/** What a dry run tells people. */
export function dryRunText(
  {
    findings,
    settings,
    plan,
    preview,
    refused,
  }: {
    findings: readonly Finding[]
    settings: SettingsInEffect
    plan: readonly { readonly title: Text }[]
    /** Where something is installed: what would change stands for the plan. */
    preview: Preview | undefined
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
    ...(preview === undefined ? planLines(plan, words.plan, lang, paint) : previewText(preview, lang, paint)),
    (refused ? words.refused : words.ready)[lang],
  ].join('\n')
}

function planLines(
  plan: readonly { readonly title: Text }[],
  title: Text,
  lang: Lang,
  paint: Paint,
): string[] {
  const steps = plan.map((step, index) => `  ${index + 1}. ${step.title[lang]}`)
  return steps.length === 0 ? [] : [paint.bold(title[lang]), ...steps]
}
