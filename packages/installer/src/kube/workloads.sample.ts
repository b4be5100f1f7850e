import type { Cluster } from './kubectl.ts'

const MANIFEST = `kind: Deployment
metadata: { name: cloudcore }
spec: { replicas: 1 }
---
kind: ConfigMap
metadata: { name: cloudcore }
---
kind: DaemonSet
metadata: { name: agent, namespace: kubeedge }
spec: { template: {} }
`

export const deployment = (updatedReplicas: number, replicas = 1) => ({
  kind: 'Deployment',
  metadata: { name: 'cloudcore', generation: 2 },
  spec: { replicas: 1, selector: { matchLabels: { app: 'cloudcore' } } },
  status: { observedGeneration: 2, replicas, updatedReplicas, availableReplicas: 1 },
})

export const daemonSet = (wanted: number, { observed = 3, image = 'kubeedge/agent:v1' } = {}) => ({
  kind: 'DaemonSet',
  metadata: {
    name: 'agent',
    generation: 3,
    annotations: { 'deprecated.daemonset.template.generation': '2' },
  },
  spec: {
    selector: { matchLabels: { app: 'agent', of: 'mesh' } },
    template: { spec: { containers: [{ image }] } },
  },
  status: { observedGeneration: observed, desiredNumberScheduled: wanted },
})

export const agent = (generation: string) => ({
  app: 'agent',
  of: 'mesh',
  'pod-template-generation': generation,
})

export const pod = (
  name: string,
  labels: Record<string, string>,
  nodeName: string,
  reason?: string,
  image = 'kubeedge/agent:v1',
) => ({
  kind: 'Pod',
  metadata: { name, labels },
  spec: { nodeName, containers: [{ image }] },
  status: {
    phase: reason === undefined ? 'Running' : 'Pending',
    containerStatuses: [
      {
        ready: reason === undefined,
        restartCount: 0,
        state: reason === undefined ? {} : { waiting: { reason } },
      },
    ],
  },
})

/** A pod that its kubelet has ended or refused: there are no containers of it, and there will be none. */
export const evicted = (
  name: string,
  labels: Record<string, string>,
  nodeName: string,
  reason = 'Evicted',
) => ({
  ...pod(name, labels, nodeName),
  status: { phase: 'Failed', reason },
})

/** A pod of the DaemonSet as its controller makes it, for a node to which the scheduler has not bound it. */
export const unbound = (name: string, node: string) => ({
  kind: 'Pod',
  metadata: { name, labels: agent('2') },
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
        },
      },
    },
  },
  status: { phase: 'Pending' },
})

type List = readonly unknown[]

/** A cluster that responds with these lists of objects, one after the other, and what it was asked; of nodes with theirs. */
export function clusterWith(...given: (List | undefined)[]) {
  const isNodes = (list: List | undefined) => (list?.[0] as { kind?: unknown } | undefined)?.kind === 'Node'
  const nodes = given.find(isNodes)
  const lists = given.filter((list) => !isNodes(list))
  const asked: string[][] = []
  const exec = async (_command: string, args: readonly string[]) => {
    asked.push(args.slice(2))
    const items = args.includes('nodes') ? nodes : lists.length > 1 ? lists.shift() : lists[0]
    return { code: items === undefined ? 1 : 0, stdout: JSON.stringify({ items }), stderr: '' }
  }
  return { cluster: { host: { exec }, kubectl: ['kubectl'], kubeconfig: '/k' } as unknown as Cluster, asked }
}

export const RELEASE = { manifest: MANIFEST, namespace: 'kubeedge', nodeName: 'cloud', ours: true }

/** A node; an edge reports the images that it holds. */
export const node = (name: string, edgeImages?: readonly string[]) => ({
  kind: 'Node',
  metadata: { name, labels: edgeImages === undefined ? {} : { 'node-role.kubernetes.io/edge': '' } },
  status: {
    nodeInfo: { containerRuntimeVersion: 'containerd://2.1.5' },
    images: (edgeImages ?? []).map((image) => ({ names: [image] })),
  },
})
