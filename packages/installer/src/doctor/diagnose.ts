import { laidAddresses } from '../k3s/laid-addresses.ts'
import type { Place } from '../kube/access.ts'
import { ownIdentity } from '../kubeedge/node-identity.ts'
import type { Facts } from '../node/facts.ts'
import type { Receipt } from '../state/receipt.ts'
import { cloudDiagnoses } from './cloud.ts'
import { withConsequences } from './consequences.ts'
import type { Diagnosis } from './diagnosis.ts'
import { edgeDiagnoses } from './edge.ts'
import { hostDiagnoses } from './host.ts'
import type { Watcher } from './node-probes.ts'

/** Everything that is wrong with this node, causes before what follows from them. Changes nothing. */
export async function diagnose(
  place: Place,
  receipt: Receipt | undefined,
  facts: Facts,
  watcher: Watcher,
): Promise<Diagnosis[]> {
  if (receipt === undefined) return hostDiagnoses(receipt, facts)
  const found = hostDiagnoses(receipt, facts, await laidNodeIp(place, receipt))
  const more = receipt.role === 'edge' ? edgeDiagnoses : cloudDiagnoses
  return withConsequences([...found, ...(await more(place, receipt, facts, watcher))])
}

/** The node's address as its program was set up with; undefined where that is not edgelift's. */
async function laidNodeIp({ host }: Place, { role, kubeEdgeOnly }: Receipt): Promise<string | undefined> {
  if (role === 'edge') return (await ownIdentity(host, ''))?.address
  return kubeEdgeOnly === undefined ? (await laidAddresses(host))?.nodeIp : undefined
}
