import { isErrno } from '@edgelift/core'
import { laidAddresses } from '../k3s/laid-addresses.ts'
import { k3sReads } from '../k3s/reads.ts'
import { edgecoreNodeIp } from '../kubeedge/node-identity.ts'
import type { Facts, Installed } from '../node/facts.ts'
import type { Host } from '../node/host.ts'
import { placeFacts } from '../node/places.ts'
import { formerNode } from '../state/former-node.ts'
import type { Receipt } from '../state/receipt.ts'
import { kernelFacts } from './kernel.ts'
import { networkFacts } from './network.ts'
import { presenceFacts } from './presence.ts'
import { systemFacts } from './system.ts'

/**
 * Everything that preflight and the steps want to know of the host. Reads only; what a normal user may not read is left
 * out.
 * @param directory of the unpacked archive
 * @param receipt of this machine
 */
export async function gatherFacts(
  host: Host,
  directory: string,
  receipt: Receipt | undefined,
): Promise<Facts> {
  const [system, kernel, network, places, presence, reads, former] = await Promise.all([
    systemFacts(host),
    kernelFacts(host),
    networkFacts(host),
    placeFacts(host, directory),
    presenceFacts(host),
    k3sReads(host),
    unlessForbidden(formerNode(host)),
  ])
  return {
    ...system,
    ...kernel,
    ...network,
    ...presence,
    k3sReads: reads,
    unread: [...system.unread, ...kernel.unread, ...network.unread, ...presence.unread],
    places,
    installed: receipt && { ...installedOf(receipt), nodeIp: await laidNodeIp(host, receipt) },
    formerNode: former,
  }
}

function installedOf({ role, bundle, release, settings, former }: Receipt): Installed {
  const nodeName = typeof settings.nodeName === 'string' ? settings.nodeName : undefined
  return { role, bundle, release, nodeName, cloud: settings.cloud?.host, former: former?.lock }
}

async function laidNodeIp(host: Host, { role, kubeEdgeOnly }: Receipt): Promise<string | undefined> {
  if (role === 'edge') return edgecoreNodeIp(host)
  return kubeEdgeOnly === undefined ? (await laidAddresses(host))?.nodeIp : undefined
}

/** The file is root's alone: a dry run of a normal user goes on without it. */
async function unlessForbidden<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM')) return undefined
    throw error
  }
}
