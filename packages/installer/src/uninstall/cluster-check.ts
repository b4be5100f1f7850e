import type { Text } from '@edgelift/core'
import { clusterOf, formatKubectl } from '../kube/access.ts'
import type { ClusterAccess } from '../kube/kubectl.ts'
import { clusterNodes } from '../kube/nodes.ts'
import { isOnHost } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { isInCluster } from './undo-in-cluster.ts'
import type { Undoing } from './undoing.ts'

/**
 * Whether an existing cluster can be cleaned: one that does not respond would keep everything that was installed in it.
 * Warns of edges that are still joined, and of a cluster whose kubeconfig is gone: it counts as gone, too.
 * @throws STEP_FAILED before anything has been taken back
 */
export async function checkCluster(undoing: Undoing): Promise<void> {
  const { host, receipt, told } = undoing
  const only = receipt.kubeEdgeOnly
  if (only === undefined || !receipt.steps.some(({ changes }) => changes.some(isInCluster))) return
  if (!(await isOnHost(host, only.kubeconfig))) return told(clusterGone(only.kubeconfig))
  const cluster = await clusterOf(undoing, only)
  const nodes = await clusterNodes(cluster)
  if (nodes === undefined) throw unreachable(only.kubeconfig)
  const edges = nodes.filter(({ isEdge }) => isEdge).map(({ name }) => name)
  if (edges.length > 0) told(edgesStay(cluster, edges))
}

function unreachable(kubeconfig: string): Error {
  return fail('STEP_FAILED', {
    what: {
      en: `the cluster of ${kubeconfig} does not respond`,
      zh: `${kubeconfig} 所指的集群无响应`,
    },
    because: { en: 'what was installed in it cannot be removed', zh: '无法移除其中已安装的内容' },
    fix: {
      en: `start the cluster and run it again; if the cluster is gone, remove ${kubeconfig} first`,
      zh: `请启动集群后重新运行；若集群已不存在，请先删除 ${kubeconfig}`,
    },
  })
}

function clusterGone(kubeconfig: string): Text {
  return {
    en: `${kubeconfig} does not exist, so its cluster is taken to be gone: if it still exists, what was installed in it stays there`,
    zh: `${kubeconfig} 不存在，视为其集群已不存在：若集群仍在，其中已安装的内容将保留`,
  }
}

function edgesStay(cluster: ClusterAccess, edges: readonly string[]): Text {
  const line = `${formatKubectl(cluster)} delete node ${edges.join(' ')}`
  return {
    en: `edge nodes are still in the cluster: run ./cleanup.sh on each, then ${line}`,
    zh: `集群中仍有边缘节点：请先在各节点执行 ./cleanup.sh，然后执行 ${line}`,
  }
}
