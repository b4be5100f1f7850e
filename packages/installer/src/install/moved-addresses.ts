import { clusterOf, type Place } from '../kube/access.ts'
import { edgesAway } from '../kube/nodes.ts'
import type { HostChanges } from '../state/host-changes.ts'
import type { Receipt } from '../state/receipt.ts'
import type { RunResult } from '../steps/runner.ts'

/** Where edges may still look for a cloud that is advertised there no more. */
export interface FormerAddresses {
  readonly addresses: readonly string[]
  /** This run is the one that moves it. */
  readonly moves: boolean
}

/**
 * Strikes former addresses of the cloud out of the receipt where every edge has followed: this run found all as it is to be
 * (CloudCore has its certificate for the new ones alone), and all edges are Ready. One that has just moved knows nothing of
 * its edges yet: they look connected for a minute.
 * @returns the addresses that edges may still connect to
 */
export async function settleAddresses(
  request: Place & {
    readonly kubeEdgeOnly: Receipt['kubeEdgeOnly']
    readonly formerAddresses?: FormerAddresses
  },
  changes: Pick<HostChanges, 'receipt' | 'replace'>,
  { applied }: Pick<RunResult, 'applied'>,
): Promise<readonly string[]> {
  const { formerAddresses: former } = request
  if (former === undefined || former.addresses.length === 0) return []
  if (former.moves || applied.length > 0) return former.addresses
  const away = await edgesAway(await clusterOf(request, request.kubeEdgeOnly))
  if (away === undefined || away.length > 0) return former.addresses
  const { formerAddresses: _gone, ...rest } = changes.receipt()
  await changes.replace(rest)
  return []
}
