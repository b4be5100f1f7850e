import type { Restore } from '../backup/restore.ts'
import { laidAddresses } from '../k3s/laid-addresses.ts'
import type { Host } from '../node/host.ts'
import type { Receipt } from '../state/receipt.ts'

/** At which addresses the cloud was advertised before this run: as they were said, else as they were found out then. */
export async function formerAddresses(
  host: Host,
  { receipt, restore }: { readonly receipt: Receipt | undefined; readonly restore: Restore | undefined },
): Promise<readonly string[]> {
  const then = receipt ?? restore?.receipt
  if (then === undefined || then.role !== 'cloud') return []
  const said = then.settings.advertiseAddresses
  if (Array.isArray(said)) return said.filter((one) => typeof one === 'string')
  const ip = restore?.record.node.ip
  if (receipt === undefined) return ip === undefined ? [] : [ip]
  // Another's K3s says nothing of what edges dial.
  return receipt.kubeEdgeOnly === undefined ? ((await laidAddresses(host))?.advertised ?? []) : []
}
