import type { Host } from '../host.ts'
import type { Facts } from './facts.ts'
import { networkFacts } from './network.ts'
import { systemFacts } from './system.ts'

/**
 * Everything that preflight and the steps want to know of the host. Reads only.
 * @param directory of the unpacked archive
 */
export async function gatherFacts(host: Host, directory: string): Promise<Facts> {
  const [system, network] = await Promise.all([systemFacts(host, directory), networkFacts(host)])
  return { ...system, ...network }
}
