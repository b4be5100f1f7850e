import { Resolver } from 'node:dns/promises'
import { EDGEMESH_DNS } from './edgecore-config.ts'

const NAME = 'kubernetes.default.svc.cluster.local'

/**
 * Asks EdgeMesh's DNS on this node for the API's own service. The agent's container runs some time before it answers.
 * @returns undefined when it resolves, else what went wrong
 */
export async function edgemeshDnsProblem(timeout = 5000): Promise<string | undefined> {
  const resolver = new Resolver({ timeout, tries: 1 })
  resolver.setServers([EDGEMESH_DNS])
  try {
    await resolver.resolve4(NAME)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
