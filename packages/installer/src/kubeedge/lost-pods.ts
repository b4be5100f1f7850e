import { z } from 'zod'
import type { Ctr } from '../containerd/ctr.ts'
import { containersOfPod } from '../containerd/ctr-client.ts'
import { listOf } from '../kube/list.ts'
import type { Host } from '../node/host.ts'
import { deletePod, metaServerList, podsOfNode } from './meta-server.ts'

/** Seconds after which a pod that has nothing on this node is not only on its way. */
const PATIENCE = 30
/** Seconds between two questions: each goes to the cloud and back. */
const PAUSE = 5

const Pods = listOf(
  z.object({
    metadata: z.object({
      name: z.string(),
      namespace: z.string(),
      uid: z.string().regex(/^[-\w]+$/),
      deletionTimestamp: z.string().nullish(),
      ownerReferences: z.array(z.object({ controller: z.boolean().nullish() })).nullish(),
    }),
    spec: z.object({ nodeName: z.string().optional() }),
    status: z.object({ phase: z.string().optional() }),
  }),
)

export interface BoundPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** The pods that should be on this node, and that a controller recreates when they are deleted. */
export function boundPods(answer: unknown, nodeName: string): BoundPod[] {
  return (Pods.safeParse(answer).data?.items ?? [])
    .filter(
      ({ metadata, spec, status }) =>
        spec.nodeName === nodeName &&
        ['Pending', 'Running'].includes(status.phase ?? '') &&
        !metadata.deletionTimestamp &&
        metadata.ownerReferences?.some(({ controller }) => controller === true) === true,
    )
    .map(({ metadata: { namespace, name, uid } }) => ({ namespace, name, uid }))
}

export interface LostPodsPorts {
  readonly pods: () => Promise<readonly BoundPod[]>
  readonly isHere: (pod: BoundPod) => Promise<boolean>
  readonly remove: (pod: BoundPod) => Promise<boolean>
}

/**
 * Has pods recreated that CloudCore believes to be on this node, or has passed over. It sends a pod when the pod changes:
 * one that is bound within the moment in which a node registers is never sent (KubeEdge cloud/pkg/edgecontroller/
 * controller/downstream.go, syncPod), and what was sent to a former installation of this node is not sent again (its
 * ObjectSyncs stand for it). To be called again and again while a new node waits for its pods.
 * @returns names of what was deleted in this call
 */
export function replaceLostPods(ports: LostPodsPorts): () => Promise<string[]> {
  const since = new Map<string, number>()
  let asked = Number.NEGATIVE_INFINITY
  return async () => {
    const now = performance.now()
    if (now - asked < PAUSE * 1000) return []
    asked = now
    const deleted: string[] = []
    for (const pod of await ports.pods()) {
      const first = since.get(pod.uid) ?? now
      since.set(pod.uid, first)
      if (now - first < PATIENCE * 1000 || (await ports.isHere(pod))) continue
      if (await ports.remove(pod)) deleted.push(`${pod.namespace}/${pod.name}`)
    }
    return deleted
  }
}

/** This node's own way to its pods: what metaServer knows, and what lies in containerd. */
export function portsOf(host: Host, ctr: Ctr, nodeName: string): LostPodsPorts {
  return {
    pods: async () => boundPods(await metaServerList(host, podsOfNode(nodeName)), nodeName),
    // A containerd that is silent may have it.
    isHere: async ({ uid }) => (await containersOfPod(host, ctr, uid))?.length !== 0,
    remove: (pod) => deletePod(host, pod),
  }
}
