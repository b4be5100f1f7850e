import type { Text } from '@edgelift/core'
import type { Finding } from './finding.ts'

/** A setting without which the installation cannot go on. */
export function needed({ name, flag, matters }: { name: string; flag: string; matters: Text }): Finding {
  return {
    code: 'ANSWER_NEEDED',
    severity: 'error',
    seen: { en: `${name} is not set`, zh: `缺少必填参数 ${name}` },
    matters,
    fix: {
      en: `run ./install.sh ${flag}, or set ${name} in install.yaml`,
      zh: `执行 ./install.sh ${flag}，或在 install.yaml 中设置 ${name}`,
    },
  }
}
