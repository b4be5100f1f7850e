import { createHash } from 'node:crypto'
import path from 'node:path'
import { applies, type BundleChart, type JsonObject, PATHS, valuesOf } from '@edgelift/bundle'
import { mustExec, same } from '@edgelift/core'
import { z } from 'zod'
import { ask } from '../host.ts'
import { endProcesses } from '../remove/processes.ts'
import type { StepContext } from '../steps/context.ts'
import type { Step } from '../steps/step.ts'
import { waitUntil } from '../steps/wait.ts'
import { type Cluster, kubectl, podStates, recentEvents, tryKubectl } from './kubectl.ts'
import { type CloudSettings, chartAnswers } from './settings.ts'

export interface ChartContext extends StepContext {
  readonly cluster: Cluster
  readonly settings: CloudSettings
  readonly psk: () => Promise<string>
}

/** Seconds for a chart's pods: images are on the disk, so this is for slow machines. */
const DEADLINE = 300
/** Which pods prove a release: helm's own word does not (it returns 0 while an image is missing on one node). */
const SELECTORS: Readonly<Record<string, readonly string[]>> = {
  cloudcore: ['kubeedge=cloudcore', 'kubeedge=iptables-manager'],
  edgemesh: ['kubeedge=edgemesh-agent'],
}

/** The charts of the archive that were chosen. */
export function chosenCharts({
  manifest,
  settings,
}: Pick<ChartContext, 'manifest' | 'settings'>): BundleChart[] {
  const order = ['cloudcore', 'edgemesh']
  const rank = (chart: BundleChart) => (order.includes(chart.name) ? order.indexOf(chart.name) : order.length)
  return manifest.charts
    .filter((chart) => applies(chart.when, settings))
    .toSorted((a, b) => rank(a) - rank(b))
}

/** A chart as a helm release: installed, or upgraded when its values or its chart have changed. */
export function chartStep(context: ChartContext, chart: BundleChart): Step {
  const { host, cluster, directory } = context
  const helm = path.join(directory, PATHS.helm)
  const common = ['--kubeconfig', cluster.kubeconfig, '-n', chart.namespace]
  const values = async () =>
    valuesOf(chart, context.settings, chartAnswers(context.settings, await context.psk()))
  const releaseInfo = async () => {
    const status = await ask(host, helm, 'status', chart.release, ...common, '-o', 'json')
    return status === undefined ? undefined : Release.parse(JSON.parse(status)).info
  }
  return {
    id: `chart-${chart.name}`,
    title: { en: `install ${chart.name}`, zh: `安装 ${chart.name}` },
    async check() {
      const info = await releaseInfo()
      if (info?.status !== 'deployed') return false
      const now = await ask(host, helm, 'get', 'values', chart.release, ...common, '-o', 'json')
      return (
        now !== undefined &&
        fingerprint(JSON.parse(now)) === fingerprint(await values()) &&
        (await startedSince(cluster, chart, info.last_deployed)) &&
        (await ready(context, chart)) === true
      )
    },
    async apply() {
      // One that a killed run has left behind would work against this one.
      await endProcesses(host, { programs: [helm] })
      await forgetUnfinished(cluster, chart)
      // Values go over standard input: they hold the PSK. Client-side apply, since CloudCore rewrites its own ConfigMap.
      const args = ['upgrade', '--install', chart.release, path.join(directory, chart.path), ...common]
      await mustExec(host.exec, helm, [...args, '--create-namespace', '--server-side=false', '-f', '-'], {
        input: JSON.stringify(await values()),
        timeout: DEADLINE * 1000,
      })
      const info = await releaseInfo()
      if (info !== undefined && !(await startedSince(cluster, chart, info.last_deployed)))
        await kubectl(cluster, ['-n', chart.namespace, 'rollout', 'restart', agentsOf(chart)])
      await waitUntil({
        ...context,
        id: `chart-${chart.name}`,
        what: { en: `the pods of ${chart.name}`, zh: `${chart.name} 的 Pod` },
        deadline: DEADLINE,
        look: () => ready(context, chart),
        words: () => recentEvents(cluster, chart.namespace),
        cure: {
          en: `k3s kubectl -n ${chart.namespace} describe pods`,
          zh: `查看 k3s kubectl -n ${chart.namespace} describe pods`,
        },
      })
    },
    async undo() {
      await host.exec(helm, ['uninstall', chart.release, ...common, '--ignore-not-found'], {
        timeout: 120_000,
      })
    },
  }
}

const Release = z.object({ info: z.object({ status: z.string(), last_deployed: z.string() }) })

/** Releases that a killed helm has left in the middle: it refuses every other operation until they are gone. */
async function forgetUnfinished(cluster: Cluster, chart: BundleChart): Promise<void> {
  const states = 'status in (pending-install,pending-upgrade,pending-rollback,uninstalling)'
  const selector = `owner=helm,name=${chart.release},${states}`
  await tryKubectl(cluster, '-n', chart.namespace, 'delete', 'secret', '--ignore-not-found', '-l', selector)
}

const DaemonSet = z.object({
  metadata: z.object({ creationTimestamp: z.string() }),
  spec: z.object({
    template: z.object({
      metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }),
    }),
  }),
})

const agentsOf = (chart: BundleChart) => `daemonset/${chart.release}-agent`

/**
 * Whether EdgeMesh's agents were made, or told to restart, since the release was deployed last: an upgrade with other
 * values does not restart them, since the chart has no checksum annotation.
 */
async function startedSince(cluster: Cluster, chart: BundleChart, deployed: string): Promise<boolean> {
  if (chart.name !== 'edgemesh') return true
  const text = await tryKubectl(cluster, '-n', chart.namespace, 'get', agentsOf(chart), '-o', 'json')
  if (text === undefined) return false
  const { metadata, spec } = DaemonSet.parse(JSON.parse(text))
  const restarted = spec.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt']
  // Kubernetes' times are in whole seconds.
  const since = Math.floor(Date.parse(deployed) / 1000) * 1000
  return [metadata.creationTimestamp, restarted].some(
    (time) => time !== undefined && Date.parse(time) >= since,
  )
}

async function ready(
  { cluster, settings }: ChartContext,
  chart: BundleChart,
): Promise<true | { en: string; zh: string }> {
  for (const selector of SELECTORS[chart.name] ?? []) {
    const pods = (await podStates(cluster, chart.namespace, selector)).filter(
      (pod) => pod.node === undefined || pod.node === settings.nodeName,
    )
    if (pods.length === 0) return { en: `no pod with ${selector} yet`, zh: `尚无 ${selector} 的 Pod` }
    const waiting = pods.find((pod) => !pod.running)
    if (waiting !== undefined) return same(`${waiting.name}: ${waiting.reason}`)
  }
  if (chart.name === 'cloudcore' && (await joinToken(cluster)) === undefined) {
    return { en: 'CloudCore has made no join token yet', zh: 'CloudCore 尚未生成加入令牌' }
  }
  return true
}

/** The PSK that EdgeMesh was installed with; undefined when it is not there. */
export async function pskInUse(
  { host, kubeconfig }: Cluster,
  { directory, manifest }: Pick<ChartContext, 'directory' | 'manifest'>,
): Promise<string | undefined> {
  const chart = manifest.charts.find(({ name }) => name === 'edgemesh')
  if (chart === undefined) return undefined
  const helm = path.join(directory, PATHS.helm)
  const args = [
    'get',
    'values',
    chart.release,
    '--kubeconfig',
    kubeconfig,
    '-n',
    chart.namespace,
    '-o',
    'json',
  ]
  const values = await ask(host, helm, ...args)
  return values === undefined ? undefined : EdgeMeshValues.parse(JSON.parse(values))?.agent?.psk
}

const EdgeMeshValues = z.object({ agent: z.object({ psk: z.string().optional() }).optional() }).nullable()

/** The current join token (Secret kubeedge/tokensecret, KubeEdge cloud/pkg/cloudhub/servers/httpserver). */
export async function joinToken(cluster: Cluster): Promise<string | undefined> {
  const text = await tryKubectl(
    cluster,
    '-n',
    'kubeedge',
    'get',
    'secret',
    'tokensecret',
    '-o',
    'jsonpath={.data.tokendata}',
  )
  return text === undefined || text === '' ? undefined : Buffer.from(text, 'base64').toString('utf8')
}

/** Equal for values that mean the same, whatever the order of their keys. */
function fingerprint(values: JsonObject | unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(values)))
    .digest('hex')
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
