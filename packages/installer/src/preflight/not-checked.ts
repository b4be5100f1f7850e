import type { Text } from '@edgelift/core'
import { formatUnread, type Unheard } from '../node/facts.ts'
import type { Finding } from './finding.ts'

export interface NotChecked {
  readonly severity: Finding['severity']
  /** After "could not find out". */
  readonly what: Text
  readonly matters: Text
}

/** A finding that may hide another one: a program failed that would have told. */
export function notChecked(unheard: Unheard, { severity, what, matters }: NotChecked): Finding {
  const said = formatUnread(unheard)
  return {
    code: 'NOT_CHECKED',
    severity,
    seen: {
      en: `could not find out ${what.en}: ${said.en}`,
      zh: `无法检查${what.zh}：${said.zh}`,
    },
    matters,
    fix: {
      en: `make this command work, then run it again: ${unheard.command}`,
      zh: `请先使该命令正常运行，再重新执行：${unheard.command}`,
    },
  }
}
