import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

/** What K3s will read beside the configuration that edgelift gives it. Pure. */
export function k3sConfigFindings({ facts, settings, kubeEdgeOnly }: PreflightContext): Finding[] {
  const { k3sReads: files } = facts
  if (settings.role !== 'cloud' || kubeEdgeOnly || files.length === 0) return []
  return [
    {
      code: 'K3S_CONFIG_BESIDE',
      severity: 'warning',
      seen: { en: `K3s also reads ${files.join(', ')}`, zh: `K3s 还会读取 ${files.join('、')}` },
      matters: {
        en: 'edgelift did not write them, and what they set may take precedence over its own settings',
        zh: '这些文件并非由 edgelift 写入，其中的设置可能优先于 edgelift 的配置',
      },
      fix: {
        en: 'check that they are meant for this installation, or move them away before installing',
        zh: '请确认它们适用于本次安装；否则请在安装前移走',
      },
    },
  ]
}
