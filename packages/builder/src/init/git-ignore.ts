import type { Lang, Text } from '@edgelift/core'

/** What no repository of a release should hold: the secret key, and what is built. */
export const IGNORED = ['*.key', '/dist/', '/.edgelift/', '/.edgelift-store/', '/drift.txt']

const NOTE: Text = {
  en: '# The secret key never belongs here. The rest is what builds and CI jobs leave.',
  zh: '# 切勿提交私钥。其余为构建与 CI 作业的产物。',
}

/** A `.gitignore` for the folder of a release. */
export function gitIgnoreFile(lang: Lang): string {
  return `${[NOTE[lang], ...IGNORED].join('\n')}\n`
}
