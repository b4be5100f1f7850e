import { describe, expect, it } from 'vitest'
import { requirerText } from './requirer.ts'

describe('requirerText', () => {
  it('says in Chinese what the builder writes in English, and keeps the names of others', () => {
    const sandbox = { kind: 'runtime', name: 'K3s’ containerd', detail: 'sandbox of every pod' } as const
    expect(requirerText(sandbox, 'zh')).toBe('K3s 内置的 containerd（每个 Pod 的沙箱）')
    expect(requirerText(sandbox, 'en')).toBe('K3s’ containerd (sandbox of every pod)')
    expect(requirerText({ kind: 'installer', name: 'edge', detail: 'imports images' }, 'zh')).toBe(
      '边缘安装程序（导入镜像）',
    )
    expect(requirerText({ kind: 'chart', name: 'edge', detail: 'DaemonSet edge' }, 'zh')).toBe(
      'chart edge（DaemonSet edge）',
    )
  })
})
