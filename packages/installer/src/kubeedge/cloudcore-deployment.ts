import { z } from 'zod'
import { type Cluster, get, mustGet } from '../kube/kubectl.ts'
import { NAMESPACE } from './namespace.ts'

const Deployment = z
  .object({
    spec: z.object({ replicas: z.number().default(1) }),
    status: z.object({ availableReplicas: z.number().default(0) }).prefault({}),
  })
  .nullable()

const CLOUDCORE = ['deployment', 'cloudcore', '--ignore-not-found']

/** CloudCore's Deployment; null when there is none. @throws COMMAND_FAILED when the cluster does not respond */
export function mustFindCloudCore(cluster: Cluster): Promise<z.infer<typeof Deployment>> {
  return mustGet(cluster, Deployment, CLOUDCORE, NAMESPACE)
}

/** Whether a CloudCore runs that edges can connect to; undefined while the cluster does not respond. */
export async function cloudCoreRuns(cluster: Cluster): Promise<boolean | undefined> {
  const found = await get(cluster, Deployment, CLOUDCORE, NAMESPACE)
  return found === undefined ? undefined : (found?.status.availableReplicas ?? 0) > 0
}
