import { EdgeliftError, type Lang, type Text } from '@edgelift/core'
import { formatTable } from '@edgelift/core/cli'
import type { SettingsInEffect } from '../inspect/settings-in-effect.ts'

/** Settings that cannot be worked out (one is missing) have nothing to show: preflight names what is missing. */
export function orNothing(settings: () => SettingsInEffect): SettingsInEffect {
  try {
    return settings()
  } catch (error) {
    if (error instanceof EdgeliftError && (error.code === 'ANSWER_NEEDED' || error.code === 'ANSWER_INVALID'))
      return {}
    throw error
  }
}

const TITLE: Text = { en: 'Settings in effect:', zh: '生效的安装参数：' }

/** One setting a line under a title; nothing where there is none. */
export function settingsText(settings: SettingsInEffect, lang: Lang): string[] {
  const rows = Object.entries(settings)
  return rows.length === 0
    ? []
    : [TITLE[lang], ...formatTable(rows.map(([name, value]) => [`  ${name}`, value])).split('\n')]
}
