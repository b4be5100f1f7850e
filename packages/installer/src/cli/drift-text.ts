import type { Lang, Text } from '@edgelift/core'
import type { Paint } from '@edgelift/core/cli'
import type { Launcher } from '../state/way-back.ts'
import { driftText, type StepDrift } from '../steps/drift.ts'

function title(launcher: Launcher): Text {
  return {
    en: `Changed since the installation (${launcher} restores it):`,
    zh: `安装后的改动（执行 ${launcher} 可恢复）：`,
  }
}

/** One line each under a title; nothing where nothing was changed. */
export function driftLines(
  drift: readonly StepDrift[],
  launcher: Launcher,
  lang: Lang,
  paint: Pick<Paint, 'yellow'>,
): string[] {
  if (drift.length === 0) return []
  const colon = lang === 'zh' ? '：' : ': '
  return [
    title(launcher)[lang],
    ...drift.map((one) => paint.yellow(`  ${one.step}${colon}${driftText(one)[lang]}`)),
  ]
}
