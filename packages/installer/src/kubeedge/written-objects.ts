import type { BundleChart } from '@edgelift/bundle'
import type { Report, Text } from '@edgelift/core'
import { type Cluster, NO_API, tryKubectl } from '../kube/kubectl.ts'
import { objectsReady } from './ready-objects.ts'

/** Seconds in which programs that run write what they write at their start; CloudCore takes up to ten. */
const PATIENCE = 45

export interface WrittenRequest {
  readonly chart: BundleChart
  /** Whose pods count; null: those of every node. */
  readonly nodeName: string | null
  readonly report: Report
}

/**
 * Looks for what a chart's programs write, and restarts them, once, when they have run for {@link PATIENCE} without writing
 * it. They write at their start: what a person has deleted, or a datastore that was put back has lost, comes in no other
 * way for twelve hours (KubeEdge cloud/pkg/cloudhub/servers/httpserver/pre_server.go, tokenRefreshDuration).
 * @returns a look, to be called again and again: true, or what is still missing
 */
export function objectsWritten(
  cluster: Cluster,
  { chart, nodeName, report }: WrittenRequest,
): () => Promise<true | Text> {
  const left = new Set(chart.restarts)
  let since: number | undefined
  return async () => {
    const seen = await objectsReady(cluster, chart, nodeName)
    if (seen === NO_API) {
      since = undefined // what is not known to be missing is no reason for a restart
      return seen
    }
    since ??= performance.now()
    if (seen === true || performance.now() - since < PATIENCE * 1000) return seen
    for (const workload of left) {
      const done = await tryKubectl(cluster, '-n', chart.namespace, 'rollout', 'restart', workload)
      if (done === undefined) continue
      left.delete(workload)
      report({ type: 'note', level: 'warning', text: restarted(workload, seen) })
    }
    return seen
  }
}

/** The title of a wait for them. */
export function startObjects({ name }: Pick<BundleChart, 'name'>): Text {
  return { en: `what ${name} creates at its start`, zh: `${name} 启动时生成的对象` }
}

function restarted(workload: string, seen: Text): Text {
  return {
    en: `${seen.en}: ${workload} is restarted`,
    zh: `${seen.zh}，重启 ${workload}`,
  }
}
