import { applies } from '@edgelift/bundle'
import { joinTexts, type Lang, shellWord, type Text } from '@edgelift/core'
import type { InspectionRequest } from '../inspect/inspection.ts'
import { K3S_CONFIG } from '../k3s/files.ts'
import { KUBECONFIG } from '../kube/access.ts'
import { EDGECORE_CONFIG } from '../kubeedge/edgecore-config.ts'
import { PSK_FILE } from '../kubeedge/psk.ts'
import type { Settings } from '../settings/schema.ts'

export interface Installed extends Pick<InspectionRequest, 'manifest' | 'directory' | 'kubeEdgeOnly'> {
  readonly settings: Settings
  /** The log of this run. */
  readonly log: string
  /** Of an edge: CloudHub does not respond. */
  readonly cloudAway?: boolean
}

/** What is said at the end of an installation: what is there now, what to do next, where to look. */
export function summary(installed: Installed, lang: Lang): string {
  const { settings } = installed
  const lines = settings.role === 'cloud' ? cloudLines(installed, settings) : edgeLines(installed, settings)
  return joinTexts(lines, '\n')[lang]
}

function cloudLines(installed: Installed, settings: Extract<Settings, { role: 'cloud' }>): Text[] {
  const { directory, manifest, kubeEdgeOnly } = installed
  const { versions } = manifest
  const options = new Set([...settings.options, ...(settings.edgemesh ? ['edgemesh'] : [])])
  const charts = manifest.charts.filter((chart) => applies(chart.when, { options, facts: new Set() }))
  const releases = charts.map(({ release, namespace }) => `${namespace}/${release}`).join(', ')
  const k3s: Text[] =
    kubeEdgeOnly === undefined
      ? [
          {
            en: `  K3s ${versions.k3s}: ${K3S_CONFIG}, kubeconfig ${KUBECONFIG}`,
            zh: `  K3s ${versions.k3s}：${K3S_CONFIG}，kubeconfig ${KUBECONFIG}`,
          },
        ]
      : [{ en: `  on the cluster of ${kubeEdgeOnly.kubeconfig}`, zh: `  集群：${kubeEdgeOnly.kubeconfig}` }]
  const psk: Text[] = settings.edgemesh
    ? [
        {
          en: `  EdgeMesh's PSK: ${settings.pskFile ?? `${directory}/${PSK_FILE}`} (keep a copy)`,
          zh: `  EdgeMesh PSK：${settings.pskFile ?? `${directory}/${PSK_FILE}`}（请备份）`,
        },
      ]
    : []
  const units = kubeEdgeOnly === undefined ? ['journalctl -u k3s'] : []
  const kubectl =
    kubeEdgeOnly === undefined ? 'k3s kubectl' : `kubectl --kubeconfig ${kubeEdgeOnly.kubeconfig}`
  return [
    { en: 'Installed:', zh: '安装完成：' },
    ...k3s,
    {
      en: `  KubeEdge ${versions.kubeedge}, helm releases ${releases}`,
      zh: `  KubeEdge ${versions.kubeedge}，helm release：${releases}`,
    },
    ...psk,
    { en: 'To join an edge node:', zh: '接入边缘节点：' },
    {
      en: `  cd ${shellWord(directory)} && sudo ./edgelift token --join edge-join.yaml`,
      zh: `  cd ${shellWord(directory)} && sudo ./edgelift token --join edge-join.yaml`,
    },
    {
      en: "  copy it into the unpacked edge archive's directory on the edge node, and run there: sudo ./install.sh --yes --config edge-join.yaml",
      zh: '  将其复制到边缘节点上解包后的边缘离线包目录，并在该目录中执行：sudo ./install.sh --yes --config edge-join.yaml',
    },
    ...tail(installed, [...units, `${kubectl} -n kubeedge logs deployment/cloudcore`]),
  ]
}

function edgeLines(installed: Installed, settings: Extract<Settings, { role: 'edge' }>): Text[] {
  const { versions } = installed.manifest
  const bundled = settings.containerd === 'bundled'
  const runtime: Text = bundled
    ? { en: `containerd ${versions.containerd}`, zh: `containerd ${versions.containerd}` }
    : { en: 'the existing containerd', zh: '本机已有的 containerd' }
  return [
    installed.cloudAway === true ? AWAY : JOINED,
    {
      en: `  EdgeCore ${versions.kubeedge} (${EDGECORE_CONFIG}), ${runtime.en}`,
      zh: `  EdgeCore ${versions.kubeedge}（${EDGECORE_CONFIG}），${runtime.zh}`,
    },
    ...tail(installed, ['journalctl -u edgecore -u containerd']),
  ]
}

const JOINED: Text = { en: 'Installed, and joined the cluster:', zh: '安装完成，已接入集群：' }
const AWAY: Text = {
  en: 'Installed. The cloud does not respond; this node connects by itself once it does:',
  zh: '安装完成。云端目前无响应，恢复后本节点会自动连接：',
}

function tail({ directory, log }: Installed, services: readonly string[]): Text[] {
  const list = services.join('; ')
  return [
    {
      en: `Check it: sudo ${shellWord(`${directory}/edgelift`)} verify`,
      zh: `检查：sudo ${shellWord(`${directory}/edgelift`)} verify`,
    },
    { en: `Logs: ${log}; services: ${list}`, zh: `日志：${log}；服务日志：${list}` },
  ]
}
