import type { BundleChart, JsonObject } from '@edgelift/bundle'
import { z } from 'zod'
import { type Bundle, type Release, releaseOf } from '../kube/helm.ts'
import { type Cluster, kubectl, mustGet } from '../kube/kubectl.ts'
import { wholeSecond } from '../node/certificate-end.ts'
import { dropUncovering } from './chart-certificate.ts'

export interface StaleRequest {
  readonly chart: BundleChart
  readonly settings: JsonObject
  /** Whether nothing of its release was there before: what runs has read these settings. */
  readonly isNew: boolean
}

/** Has what runs read its changed settings, where it does not so by itself. */
export async function restartStale(
  bundle: Bundle,
  cluster: Cluster,
  { chart, settings, isNew }: StaleRequest,
): Promise<void> {
  const isReissued = await dropUncovering(cluster, chart, settings)
  if (!isReissued && (isNew || !(await isStale(bundle, cluster, chart)))) return
  for (const workload of chart.restarts ?? []) {
    await kubectl(cluster, ['-n', chart.namespace, 'rollout', 'restart', workload])
  }
}

async function isStale(bundle: Bundle, cluster: Cluster, chart: BundleChart): Promise<boolean> {
  const release = await releaseOf(bundle, cluster, chart)
  return release !== undefined && !(await startedSince(cluster, chart, release))
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
    const started = await lastStart(cluster, workload, chart.namespace)
    if (started === undefined || started < wholeSecond(Date.parse(deployed))) return false
  }
  return true
}

/**
 * When a workload was made, or told to restart, last: milliseconds since 1970, in whole seconds. Undefined where there is none.
 * @param workload resource and name, as in `deployment/cloudcore`
 * @throws COMMAND_FAILED while the API does not respond: what runs would be restarted for that, or taken for restarted
 */
export async function lastStart(
  cluster: Cluster,
  workload: string,
  namespace: string,
): Promise<number | undefined> {
  const found = await mustGet(cluster, Workload.nullable(), [workload, '--ignore-not-found'], namespace)
  if (found === null) return undefined
  const { metadata, spec } = found
  const restarted = spec.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt']
  const times = [metadata.creationTimestamp, restarted ?? ''].map((time) => Date.parse(time))
  return wholeSecond(Math.max(...times.filter((time) => !Number.isNaN(time))))
}
