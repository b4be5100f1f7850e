import type { BundleChart, JsonObject } from '@edgelift/bundle'
import { z } from 'zod'
import { type Bundle, type Release, releaseOf } from '../kube/helm.ts'
import { type Cluster, get, kubectl } from '../kube/kubectl.ts'
import { dropUncovering } from './chart-certificate.ts'

/** Has what runs read its changed settings, where it does not so by itself. */
export async function restartStale(
  bundle: Bundle,
  cluster: Cluster,
  { chart, settings }: { readonly chart: BundleChart; readonly settings: JsonObject },
): Promise<void> {
  const isReissued = await dropUncovering(cluster, chart, settings)
  const release = await releaseOf(bundle, cluster, chart)
  if (release === undefined || (!isReissued && (await startedSince(cluster, chart, release)))) return
  for (const workload of chart.restarts ?? []) {
    await kubectl(cluster, ['-n', chart.namespace, 'rollout', 'restart', workload])
  }
}

const Workload = z.object({
  metadata: z.object({ creationTimestamp: z.string() }),
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()).nullish() }),
    }),
  }),
})

/** Whether the workloads were made, or told to restart, since the release was deployed last. */
export async function startedSince(
  cluster: Cluster,
  chart: BundleChart,
  { deployed }: Release,
): Promise<boolean> {
  for (const workload of chart.restarts ?? []) {
    const found = await get(cluster, Workload, [workload], chart.namespace)
    if (found === undefined) return false
    const { metadata, spec } = found
    const restarted = spec.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt']
    // Kubernetes' times are in whole seconds.
    const since = Math.floor(Date.parse(deployed) / 1000) * 1000
    const times = [metadata.creationTimestamp, restarted]
    if (!times.some((time) => time !== undefined && Date.parse(time) >= since)) return false
  }
  return true
}
