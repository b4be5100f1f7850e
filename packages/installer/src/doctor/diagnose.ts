import { clusterOf, formatKubectl, type Place } from '../kube/access.ts'
import type { Facts } from '../node/facts.ts'
import type { Receipt } from '../state/receipt.ts'
import { answersOfReceipt } from '../state/settings-of-receipt.ts'
import { problemOf } from '../verify/check.ts'
import { checksOfNode } from '../verify/node-checks.ts'
import { checkCauses, type Diagnosis } from './diagnosis.ts'
import { cloudDiagnoses, hostDiagnoses, podDiagnoses, unitDiagnoses } from './probes.ts'

/** Everything that is wrong with this node, causes before what follows from them. Changes nothing. */
export async function diagnose(
  place: Place,
  receipt: Receipt | undefined,
  facts: Facts,
  signal: AbortSignal,
): Promise<Diagnosis[]> {
  const { host, manifest } = place
  const found = hostDiagnoses(receipt, facts)
  let kubectl = 'k3s kubectl'
  if (receipt === undefined) return found
  if (manifest.role === 'edge') {
    const answers = answersOfReceipt(receipt)
    const own = answers.role === 'edge' && answers.containerd === 'existing'
    found.push(
      ...(await unitDiagnoses(host, receipt, [...(own ? [] : ['containerd.service']), 'edgecore.service'])),
      ...(await cloudDiagnoses(receipt)),
    )
  } else {
    if (receipt.kubeEdgeOnly === undefined)
      found.push(...(await unitDiagnoses(host, receipt, ['k3s.service'])))
    const cluster = await clusterOf(place, receipt.kubeEdgeOnly)
    kubectl = formatKubectl(cluster)
    found.push(...(await podDiagnoses(cluster)))
  }
  const { edgemesh, checks } = await checksOfNode(place, receipt, signal)
  const causes = checkCauses(kubectl)
  for (const check of checks) {
    signal.throwIfAborted()
    const cause = causes[check.id]
    if (cause === undefined || check.makesPods || (check.edgemesh && !edgemesh)) continue
    const seen = await problemOf(check)
    if (seen !== undefined)
      found.push({
        ...cause,
        seen: { en: `${check.title.en}: ${seen.en}`, zh: `${check.title.zh}：${seen.zh}` },
      })
  }
  return found
}
