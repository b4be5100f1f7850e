import type { WorkEvent } from '@edgelift/core'
import { K3S_UNIT } from '../k3s/files.ts'
import { K3S_CLUSTER } from '../kube/access.ts'
import { orUnknown, releaseManifest } from '../kube/helm.ts'
import { workloadsUp } from '../kube/workloads.ts'
import { waitForChart } from '../kubeedge/chart-wait.ts'
import { objectsWritten, startObjects } from '../kubeedge/written-objects.ts'
import { unitWords } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { changesOf } from '../state/receipt.ts'
import type { RollbackRequest } from './request.ts'

/** Waits until the pods of the former release run. The step that starts K3s has waited for its kubelet. */
export async function podsBack(request: RollbackRequest): Promise<void> {
  const { host, back } = request
  const cluster = { host, ...K3S_CLUSTER }
  const nodeName = back.receipt.node.name ?? ''
  const services = { host, units: [K3S_UNIT] }
  const words = unitWords(host, K3S_UNIT)
  const fix = { en: 'see k3s kubectl get pods -A', zh: '查看 k3s kubectl get pods -A' }
  for (const release of changesOf(back.receipt, 'release')) {
    const manifest = await orUnknown(releaseManifest(request, cluster, release))
    if (manifest === undefined) {
      request.report(notChecked(release.release))
      continue
    }
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
  await startsWritten(request, nodeName)
}

/**
 * What programs wrote at their start went with the datastore that was put back. Their containers went on meanwhile, and do
 * not write it again by themselves.
 */
async function startsWritten(request: RollbackRequest, nodeName: string): Promise<void> {
  const { host, manifest, back, report } = request
  const cluster = { host, ...K3S_CLUSTER }
  const releases = changesOf(back.receipt, 'release').map(({ release }) => release)
  for (const chart of manifest.charts.filter(({ release }) => releases.includes(release))) {
    // The archive may be the one that was left: what else it knows of, the former release need not have.
    const ready = (chart.ready ?? []).filter(({ everyStart }) => everyStart)
    if (ready.length === 0) continue
    const look = objectsWritten(cluster, { chart: { ...chart, ready }, nodeName, report })
    await waitForChart(request, {
      id: `release-${chart.release}`,
      what: startObjects(chart),
      chart,
      cluster,
      nodeName,
      look,
    })
  }
}

function notChecked(release: string): WorkEvent {
  const text = {
    en: `helm does not tell what release ${release} consists of: its pods were not checked; run ./edgelift verify`,
    zh: `helm 未返回 release ${release} 的内容，未检查其 Pod：请执行 ./edgelift verify`,
  }
  return { type: 'note', level: 'warning', text }
}
