import { K3S_UNIT } from '../k3s/files.ts'
import { K3S_CLUSTER } from '../kube/access.ts'
import { releaseManifest } from '../kube/helm.ts'
import { fieldOf } from '../kube/kubectl.ts'
import { workloadsUp } from '../kube/workloads.ts'
import { unitLog } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { changesOf } from '../state/receipt.ts'
import type { RollbackRequest } from './request.ts'

/**
 * Waits until the node's kubelet works on the datastore that was put back, in which it is Ready from the start, and until
 * the pods of the former release run.
 * @param began milliseconds since 1970: the kubelet renews its lease after this
 */
export async function podsBack(request: RollbackRequest, began: number): Promise<void> {
  const { host, back } = request
  const cluster = { host, ...K3S_CLUSTER }
  const nodeName = back.receipt.node.name ?? ''
  const services = { host, units: [K3S_UNIT] }
  const words = () => unitLog(host, K3S_UNIT)
  const fix = { en: 'see k3s kubectl get pods -A', zh: '查看 k3s kubectl get pods -A' }
  await waitUntil({
    ...request,
    services,
    id: 'kubelet',
    what: { en: `the kubelet of ${nodeName}`, zh: `${nodeName} 的 kubelet` },
    deadline: 120,
    look: async () => {
      const lease = await fieldOf(cluster, ['lease', nodeName], '.spec.renewTime', 'kube-node-lease')
      const renewed = Date.parse(lease ?? '')
      return renewed > began || { en: 'it has not reported yet', zh: '尚未上报状态' }
    },
    words,
    fix,
  })
  for (const release of changesOf(back.receipt, 'release')) {
    const manifest = await releaseManifest(request, cluster, release)
    if (manifest === undefined) continue
    const here = { manifest, namespace: release.namespace, nodeName, ours: true }
    await waitUntil({
      ...request,
      services,
      id: `release-${release.release}`,
      what: { en: `the pods of ${release.release}`, zh: `${release.release} 的 Pod` },
      deadline: 300,
      look: () => workloadsUp(cluster, here),
      words,
      fix,
    })
  }
}
