import type { BundleChart } from '@edgelift/bundle'
import { z } from 'zod'
import { type Release, releaseOf } from '../kube/helm.ts'
import { kubectl, tryKubectl } from '../kube/kubectl.ts'
import type { ChartContext } from './charts.ts'
import { dropHubCertificate, hubCertificateIsFor } from './hub-certificate.ts'

/** Workloads that read a ConfigMap at their start only, and whose charts do not restart them when it changes. */
const READ_AT_START: Readonly<Record<string, readonly string[]>> = {
  cloudcore: ['deployment/cloudcore'],
  edgemesh: ['daemonset/edgemesh-agent'],
  'edgemesh-gateway': ['deployment/edgemesh-gateway'],
}

/** Has what runs read its changed settings, where it does not so by itself. */
export async function restartStale(context: ChartContext, chart: BundleChart): Promise<void> {
  const { cluster, settings } = context
  const stale = chart.name === 'cloudcore' && !(await hubCertificateIsFor(cluster, settings.hubHosts))
  if (stale) await dropHubCertificate(cluster)
  const release = await releaseOf(context, cluster, chart)
  if (release === undefined || (!stale && (await startedSince(context, chart, release)))) return
  for (const workload of READ_AT_START[chart.name] ?? []) {
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
  { cluster }: ChartContext,
  chart: BundleChart,
  { deployed }: Release,
): Promise<boolean> {
  for (const workload of READ_AT_START[chart.name] ?? []) {
    const text = await tryKubectl(cluster, '-n', chart.namespace, 'get', workload, '-o', 'json')
    if (text === undefined) return false
    const { metadata, spec } = Workload.parse(JSON.parse(text))
    const restarted = spec.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt']
    // Kubernetes' times are in whole seconds.
    const since = Math.floor(Date.parse(deployed) / 1000) * 1000
    const times = [metadata.creationTimestamp, restarted]
    if (!times.some((time) => time !== undefined && Date.parse(time) >= since)) return false
  }
  return true
}
