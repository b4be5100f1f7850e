import type { Text } from '@edgelift/core'
import type { StepRecord } from '../state/receipt.ts'

/** What taking a step back is called, by the step's id. */
const TITLES: Readonly<Record<string, Text>> = {
  k3s: { en: 'remove K3s', zh: '删除 K3s' },
  'k3s-images': { en: 'remove the K3s images', zh: '删除 K3s 镜像' },
  'k3s-links': { en: 'remove the command links', zh: '删除命令链接' },
  'k3s-start': { en: 'stop K3s and its containers', zh: '停止 K3s 及其容器' },
  namespace: { en: 'delete the namespace', zh: '删除命名空间' },
  'istio-crds': { en: 'delete the Istio CRDs', zh: '删除 Istio CRD' },
  'service-label': { en: 'remove the label of the kubernetes Service', zh: '移除 kubernetes Service 的标签' },
  'charts-gone': { en: 'uninstall remaining components', zh: '卸载其余组件' },
  'mesh-refresh-program': {
    en: 'remove the program of the mesh refresh service',
    zh: '删除网格刷新服务的程序',
  },
  'mesh-refresh': { en: 'stop the mesh refresh service', zh: '停止网格刷新服务' },
  'mesh-refresh-objects': {
    en: 'delete the objects of the mesh refresh service',
    zh: '删除网格刷新服务的集群对象',
  },
  'mesh-refresh-gone': {
    en: 'forget the removed mesh refresh service',
    zh: '清除已移除的网格刷新服务的记录',
  },
  'container-runtime': { en: 'remove the container runtime', zh: '删除容器运行时' },
  'containerd-config': { en: 'restore the containerd configuration', zh: '恢复 containerd 配置' },
  'containerd-start': { en: 'stop containers and containerd', zh: '停止容器与 containerd' },
  images: { en: 'remove the images', zh: '删除镜像' },
  edgecore: { en: 'remove EdgeCore', zh: '删除 EdgeCore' },
  'edgecore-config': { en: "remove EdgeCore's configuration", zh: '删除 EdgeCore 配置' },
  join: { en: 'stop EdgeCore', zh: '停止 EdgeCore' },
}

const CHART = /^chart-(.+)$/

/** Whether taking back the step has a title of its own. */
export function hasUndoTitle(stepId: string): boolean {
  return stepId in TITLES || CHART.test(stepId)
}

/** @returns for a step of another version, which has none of its own, one that is made from the step's */
export function undoTitle({ stepId, title }: Pick<StepRecord, 'stepId' | 'title'>): Text {
  const chart = CHART.exec(stepId)?.[1]
  if (chart !== undefined) return { en: `uninstall ${chart}`, zh: `卸载 ${chart}` }
  return TITLES[stepId] ?? { en: `undo: ${title.en}`, zh: `撤销：${title.zh}` }
}
