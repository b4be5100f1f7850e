import { counted, type Text } from '@edgelift/core'
import type { Ctr } from '../containerd/ctr.ts'
import { CTR_SILENT, runningIds } from '../containerd/ctr-client.ts'
import { type Cluster, NO_API, tryKubectl } from '../kube/kubectl.ts'

const READY = '{.items[*].status.containerStatuses[?(@.ready==true)].containerID}'

/**
 * Whether the kubelet has reported on its pods since it started. Until then the API says of them what a former kubelet saw,
 * or what a datastore that was put back holds: pods are ready whose containers are gone.
 * @returns true, or what the API says and the node's containerd does not
 */
export async function podsReported(cluster: Cluster, nodeName: string, ctr: Ctr): Promise<true | Text> {
  const ofNode = ['-A', '--field-selector', `spec.nodeName=${nodeName}`]
  const ready = await tryKubectl(cluster, 'get', 'pods', ...ofNode, '-o', `jsonpath=${READY}`)
  if (ready === undefined) return NO_API
  const ids = ready.split(' ').filter((id) => id !== '')
  if (ids.length === 0) return true
  const running = await runningIds(cluster.host, ctr)
  if (running === undefined) return CTR_SILENT
  const gone = ids.filter((id) => !running.has(id.replace('containerd://', ''))).length
  if (gone === 0) return true
  return {
    en: `the API lists ${counted(gone, 'container')} as ready that ${gone === 1 ? 'does' : 'do'} not run`,
    zh: `API 中有 ${gone} 个容器为就绪状态，但实际未运行`,
  }
}
