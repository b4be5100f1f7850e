import { describe, expect, it } from 'vitest'
import { Requirer, type RequirerName, requirerOf, requirerText, When } from './requirer.ts'

describe('requirerText', () => {
  it.each<[RequirerName, string, string]>([
    [{ kind: 'chart', name: 'cloudcore' }, 'chart cloudcore', 'chart cloudcore'],
    [
      { kind: 'chart', name: 'edge', detail: 'DaemonSet edge' },
      'chart edge (DaemonSet edge)',
      'chart edge（DaemonSet edge）',
    ],
    [
      { kind: 'file', name: 'crds/x.yaml', detail: 'Job a' },
      'file crds/x.yaml (Job a)',
      '文件 crds/x.yaml（Job a）',
    ],
    [{ kind: 'list', name: 'k3s' }, 'image list k3s', '镜像列表 k3s'],
    [
      { kind: 'runtime', name: 'K3s’ containerd', detail: 'sandbox of every pod' },
      'K3s’ containerd (sandbox of every pod)',
      'K3s 内置的 containerd（每个 Pod 的沙箱）',
    ],
    [{ kind: 'runtime', name: 'containerd 2.1.5' }, 'containerd 2.1.5', 'containerd 2.1.5'],
    [
      { kind: 'test', name: 'verify', detail: 'functional test' },
      'edgelift verify (functional test)',
      'edgelift verify（功能测试）',
    ],
    [
      { kind: 'installer', name: 'edge', detail: 'imports images' },
      'the edge installation (imports images)',
      '边缘安装程序（导入镜像）',
    ],
    [{ kind: 'installer', name: 'cloud' }, 'the cloud installation', '云端安装程序'],
    [{ kind: 'release', name: 'images' }, 'the release (images)', '发布清单（images）'],
    [{ kind: 'chart', name: 'a$&b' }, 'chart a$&b', 'chart a$&b'],
  ])('says %j in both languages, and keeps the names of others', (requirer, en, zh) => {
    expect([requirerText(requirer, 'en'), requirerText(requirer, 'zh')]).toEqual([en, zh])
  })
})

describe('requirerOf', () => {
  it('holds the English text beside what it was made of, and the condition only where there is one', () => {
    expect(requirerOf({ kind: 'list', name: 'k3s' })).toEqual({
      kind: 'list',
      name: 'k3s',
      requirer: 'image list k3s',
    })
    const when = { option: 'mosquitto' }
    const conditional = requirerOf({ kind: 'chart', name: 'c', detail: 'Pod a' }, when)
    expect(conditional).toEqual({
      kind: 'chart',
      name: 'c',
      detail: 'Pod a',
      requirer: 'chart c (Pod a)',
      when,
    })
    expect(Requirer.parse(conditional)).toEqual(conditional)
  })
})

it.each([{}, { option: 'a', fact: 'b' }, { option: 1 }, { setting: 'a' }])('is no condition: %j', (value) => {
  expect(When.safeParse(value).success).toBe(false)
})
