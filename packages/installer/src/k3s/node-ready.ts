import { K3S_CLUSTER } from '../kube/access.ts'
import { tryKubectl } from '../kube/kubectl.ts'
import type { Host } from '../node/host.ts'
import { processAge } from '../node/units.ts'
import { K3S_UNIT } from './files.ts'

const READY = '.status.conditions[?(@.type=="Ready")]'
const STATE = `{${READY}.status} {${READY}.lastHeartbeatTime}`

/**
 * Whether the node is Ready, by the word of the kubelet of the K3s that runs: it sends its status at its start even where nothing
 * has changed, with the time (Kubernetes pkg/kubelet/kubelet_node_status.go, tryUpdateNodeStatus). Ready by itself may be of a
 * former K3s: it stands for 40 s without a kubelet, and in a datastore that was put back from the start. The lease says no more, and
 * on a new cluster it comes seconds later.
 */
export async function isNodeReady(host: Host, nodeName: string): Promise<boolean> {
  const question = ['get', `node/${nodeName}`, '-o', `jsonpath=${STATE}`]
  const [status, reported = ''] = ((await tryKubectl({ host, ...K3S_CLUSTER }, ...question)) ?? '').split(' ')
  if (status !== 'True') return false
  const age = await processAge(host, K3S_UNIT)
  return age !== undefined && Date.parse(reported) >= host.now() - age
}
