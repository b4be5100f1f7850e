import { images } from '../containerd/images-step.ts'
import type { ExistingCluster } from '../inspect/existing-cluster.ts'
import type { Step } from '../steps/step.ts'
import type { Bundle } from './bundle.ts'
import { type CloudChoice, kubeEdgePlan } from './kubeedge-plan.ts'

/** The KubeEdge part on an existing cluster (G29): what it needs of images on this node comes first. */
export function kubeEdgeOnlyPlan(
  { cluster, runtime, images: needed }: ExistingCluster,
  choice: CloudChoice,
  { manifest }: Bundle,
): Step[] {
  const { kubectl, kubeconfig } = cluster
  const imported = needed.map(({ reference, digest, file }) => ({ reference, digest, file }))
  return [
    ...(runtime === undefined ? [] : [images({ ...runtime, shared: true, images: imported })]),
    ...kubeEdgePlan({ kubectl, kubeconfig }, choice, manifest),
  ]
}
