import type { Lang, Text } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import { driftText, type StepDrift } from '../steps/drift.ts'

const TITLE: Text = {
  en: 'Changed since the installation (./install.sh restores it):',
  zh: '安装后的改动（执行 ./install.sh 可恢复）：',
}

/** One line each under a title; nothing where nothing was changed. */
export function driftLines(drift: readonly StepDrift[], lang: Lang, paint: Pick<Paint, 'yellow'>): string[] {
  if (drift.length === 0) return []
  const colon = lang === 'zh' ? '：' : ': '
  return [TITLE[lang], ...drift.map((one) => paint.yellow(`  ${one.step}${colon}${driftText(one)[lang]}`))]
}
