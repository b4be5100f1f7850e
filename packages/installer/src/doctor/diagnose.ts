import type { Place } from '../kube/access.ts'
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
  const found = hostDiagnoses(receipt, facts)
  if (receipt === undefined) return found
  const more = receipt.role === 'edge' ? edgeDiagnoses : cloudDiagnoses
  return withConsequences([...found, ...(await more(place, receipt, facts, watcher))])
}
