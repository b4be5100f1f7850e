import { Resolver } from 'node:dns/promises'
import { ask, type Host } from '../node/host.ts'
import { EDGEMESH_DNS } from './edgecore-config.ts'

const NAME = 'kubernetes.default.svc.cluster.local'

/**
 * Asks EdgeMesh's DNS on this node for the API's own service. The agent's container runs some time before it makes the
 * link that has the address, and that some time before it answers. As long as no link has it, nothing is sent: the
 * question would go to the default gateway, out of the node.
 * @returns undefined when it resolves, else what went wrong
 */
export async function edgemeshDnsProblem(host: Host, timeout = 5000): Promise<string | undefined> {
  // Not by os.networkInterfaces: a bridge without ports, as this one, has no carrier, and is left out there.
  const addresses = (await ask(host, 'ip', '-4', '-o', 'addr', 'show')) ?? ''
  if (!addresses.includes(` ${EDGEMESH_DNS}/`)) return `no link of this node has ${EDGEMESH_DNS}`
  const resolver = new Resolver({ timeout, tries: 1 })
  resolver.setServers([EDGEMESH_DNS])
  try {
    await resolver.resolve4(NAME)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
