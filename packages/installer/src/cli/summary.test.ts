import type { BundleManifest } from '@edgelift/bundle'
import { expect, it } from 'vitest'
import { CloudSettings, EdgeSettings } from '../settings/schema.ts'
import { summary } from './summary.ts'

const manifest = {
  versions: { k3s: '1.34.2+k3s1', kubeedge: '1.22.0', containerd: '2.1.5' },
  charts: [
    { name: 'cloudcore', release: 'cloudcore', namespace: 'kubeedge' },
    { name: 'edgemesh', release: 'edgemesh', namespace: 'kubeedge', when: { option: 'edgemesh' } },
  ],
} as unknown as BundleManifest
const common = { manifest, directory: '/data/a', kubeEdgeOnly: undefined, log: '/var/log/x.log' }

it('says on the cloud what is there, how an edge joins, and where the logs are', () => {
  const settings = { role: 'cloud', ...CloudSettings.parse({}) } as const
  expect(summary({ ...common, settings }, 'en')).toBe(`Installed:
  K3s 1.34.2+k3s1: /etc/rancher/k3s/config.yaml, kubeconfig /etc/rancher/k3s/k3s.yaml
  KubeEdge 1.22.0, helm releases kubeedge/cloudcore, kubeedge/edgemesh
  EdgeMesh's PSK: /data/a/edgemesh-psk.txt (keep a copy)
To join an edge node:
  cd /data/a && sudo ./edgelift token --join edge-join.yaml
  copy it into the unpacked edge archive's directory on the edge node, and run there: sudo ./install.sh --yes --config edge-join.yaml
Check it: sudo /data/a/edgelift verify
Logs: /var/log/x.log; services: journalctl -u k3s; k3s kubectl -n kubeedge logs deployment/cloudcore`)
})

it("does not speak of a K3s that is somebody else's, nor of an EdgeMesh that was not wanted", () => {
  const settings = { role: 'cloud', ...CloudSettings.parse({ edgemesh: false }) } as const
  const text = summary({ ...common, settings, kubeEdgeOnly: { kubeconfig: '/k.conf' } }, 'en')
  expect(text).toContain('kubectl --kubeconfig /k.conf -n kubeedge logs')
  expect(text).not.toMatch(/K3s|PSK|edgemesh|journalctl/)
})

it('does not say of an edge whose cloud is away that it joined', () => {
  const settings = { role: 'edge', ...EdgeSettings.parse({}) } as const
  const [en, zh] = (['en', 'zh'] as const).map((lang) =>
    summary({ ...common, settings, cloudAway: true }, lang)
      .split('\n')
      .at(0),
  )
  expect(en).toBe('Installed. The cloud does not respond; this node connects by itself once it does:')
  expect(zh).toBe('安装完成。云端目前无响应，恢复后本节点会自动连接：')
})

it('names the logs of an edge on an edge', () => {
  const settings = { role: 'edge', ...EdgeSettings.parse({ containerd: 'existing' }) } as const
  expect(summary({ ...common, settings }, 'zh')).toBe(`安装完成，已接入集群：
  EdgeCore 1.22.0（/etc/kubeedge/config/edgecore.yaml），本机已有的 containerd
检查：sudo /data/a/edgelift verify
日志：/var/log/x.log；服务日志：journalctl -u edgecore -u containerd`)
})
