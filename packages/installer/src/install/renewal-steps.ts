import { k3sCertificates } from '../k3s/certificates-step.ts'
import { clusterOf, type Place } from '../kube/access.ts'
import { cloudCoreCertificates } from '../kubeedge/cloudcore-certificates-step.ts'
import { edgecoreCertificate } from '../kubeedge/edgecore-certificate-step.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import type { Step } from '../steps/step.ts'

/** K3s' window (k3s-io/k3s#12232): nothing renews its certificates before. */
const DAYS = 120

/** What renews the certificates of this node's role. */
export async function renewalSteps(place: Place, receipt: Receipt): Promise<Step[]> {
  const settings = settingsOfReceipt(receipt)
  if (settings.role === 'edge') {
    if (settings.cloud === undefined) return []
    const { host: cloudHost, hubPort } = settings.cloud
    return [edgecoreCertificate({ cloudHost, hubPort, days: DAYS })]
  }
  const { kubectl, kubeconfig } = await clusterOf(place, receipt.kubeEdgeOnly)
  const nodeName = receipt.node.name ?? null
  const cloudcore = cloudCoreCertificates({ cluster: { kubectl, kubeconfig }, days: DAYS, nodeName })
  if (receipt.kubeEdgeOnly !== undefined) return [cloudcore]
  return [k3sCertificates({ days: DAYS, nodeName }), cloudcore]
}
