import { K3S_CLUSTER } from '../kube/access.ts'
import { tryKubectl } from '../kube/kubectl.ts'
import type { Host } from '../node/host.ts'
import { processAge } from '../node/units.ts'
import { K3S_UNIT } from './files.ts'

const STATE = '{.items[*].status.conditions[?(@.type=="Ready")].status} {.items[*].spec.renewTime}'

/**
 * Whether the node is Ready, and its kubelet has renewed its lease since K3s started, which is the first thing that it does
 * (Kubernetes pkg/kubelet/kubelet.go, Run). Ready by itself may be of a former K3s: it stands for 40 s without a kubelet, and
 * in a datastore that was put back from the start.
 */
export async function isNodeReady(host: Host, nodeName: string): Promise<boolean> {
  const objects = [`node/${nodeName}`, `lease/${nodeName}`]
  const question = ['-n', 'kube-node-lease', 'get', ...objects, '-o', `jsonpath=${STATE}`]
  const [status, renewed = ''] = ((await tryKubectl({ host, ...K3S_CLUSTER }, ...question)) ?? '').split(' ')
  if (status !== 'True') return false
  const age = await processAge(host, K3S_UNIT)
  return age !== undefined && Date.parse(renewed) >= host.now() - age
}
