import type { ClusterNode } from './nodes.ts'

/** A Ready cloud node of its name, in which something may be different. */
export function sampleNode(name: string, more: Partial<ClusterNode> = {}): ClusterNode {
  return {
    name,
    hostname: name,
    addresses: [],
    internalIp: undefined,
    isEdge: false,
    ready: true,
    runtime: 'containerd://1.7.29',
    kubelet: 'v1.34.2',
    machineId: '',
    images: new Set(),
    ...more,
  }
}
