import { createHash } from 'node:crypto'
import { applies, type BundleChart, valuesOf } from '@edgelift/bundle'
import type { Text, WorkEvent } from '@edgelift/core'
import { z } from 'zod'
import { K3S_UNIT, KUBECONFIG } from '../k3s/files.ts'
import { formatKubectl } from '../kube/access.ts'
import {
  chartCrds,
  forgetUnfinished,
  helmProgram,
  packedChart,
  type Release,
  releaseManifest,
  releaseOf,
  releaseValues,
  uninstall,
  upgrade,
} from '../kube/helm.ts'
import { type Cluster, kubectl, recentEvents, tryKubectl } from '../kube/kubectl.ts'
import { type Drift, driftOf } from '../kube/live-objects.ts'
import { podsGone, type ReleaseHere, replaceOutdatedPods, workloadsUp } from '../kube/workloads.ts'
import { endProcesses } from '../node/processes.ts'
import { waitUntil } from '../node/wait.ts'
import { type CloudSettings, chartAnswers } from '../settings/cloud.ts'
import { isMarked, mark, unmark } from '../state/markers.ts'
import type { StepContext } from '../steps/context.ts'
import type { Step } from '../steps/step.ts'
import { HUB_SECRET } from './hub-certificate.ts'
import { restartStale, startedSince } from './restarts.ts'

export interface ChartContext extends StepContext {
  readonly cluster: Cluster
  readonly settings: CloudSettings
  readonly psk: () => Promise<string>
}

/** Seconds for a chart's pods: images are on the disk, so this is for slow machines. */
const DEADLINE = 300

/** The charts of the archive that were chosen, CloudCore first and then EdgeMesh. */
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

/**
 * A chart as a helm release: installed, or upgraded when its values or its chart have changed. A release that somebody
 * else made under the name (the guide's manual path, G31) is waited for and left as it is.
 */
export function chartStep(context: ChartContext, chart: BundleChart): Step {
  const { host, cluster, report } = context
  const values = async () =>
    valuesOf(chart, context.settings, chartAnswers(context.settings, await context.psk()))
  return {
    id: `chart-${chart.name}`,
    title: { en: `install ${chart.name}`, zh: `安装 ${chart.name}` },
    async check() {
      const release = await releaseOf(context, cluster, chart)
      if (release === undefined) return false
      if (release.ours) {
        if (release.status !== 'deployed' || release.chart !== (await packedChart(context, chart)))
          return false
        const now = await releaseValues(context, cluster, chart)
        if (fingerprint(now) !== fingerprint(await values())) return false
        if (!(await startedSince(context, chart, release))) return false
      }
      const here = await releaseHere(context, chart, release)
      return (await up(context, chart, here)) === true && (await changedObjects(context, here)).length === 0
    },
    async apply() {
      const before = await releaseOf(context, cluster, chart)
      if (before === undefined || before.ours) {
        const here = before && (await releaseHere(context, chart, before))
        for (const drift of await changedObjects(context, here)) report(restores(drift))
        await markCrds(context, chart)
        // One that a killed run has left behind would work against this one.
        await endProcesses(host, { programs: [helmProgram(context)] })
        await forgetUnfinished(cluster, chart)
        await upgrade(context, cluster, { chart, values: await values(), report })
        await restartStale(context, chart)
      } else report({ type: 'note', level: 'warning', text: byHand(chart) })
      const release = await releaseHere(context, chart, { ours: before?.ours ?? true })
      if (release?.ours) await replaceOutdatedPods(cluster, release)
      await waitUntil({
        ...context,
        services: { host, units: cluster.kubeconfig === KUBECONFIG ? [K3S_UNIT] : [] },
        id: `chart-${chart.name}`,
        what: { en: `the pods of ${chart.name}`, zh: `${chart.name} 的 Pod` },
        deadline: DEADLINE,
        look: () => up(context, chart, release),
        words: () => recentEvents(cluster, chart.namespace),
        fix: {
          en: `${formatKubectl(cluster)} -n ${chart.namespace} describe pods`,
          zh: `查看 ${formatKubectl(cluster)} -n ${chart.namespace} describe pods`,
        },
      })
    },
    async undo() {
      const release = await releaseOf(context, cluster, chart)
      if (release?.ours) {
        // CloudCore is uninstalled last: it is what tells edges to end EdgeMesh's pods.
        const manifest = (await releaseManifest(context, cluster, chart)) ?? ''
        await uninstall(context, cluster, chart)
        await podsGone(cluster, { manifest, namespace: chart.namespace })
        if (chart.name === 'cloudcore') await removeLeftovers(cluster, chart)
      }
      for (const name of await chartCrds(context, chart)) {
        if (await isMarked(host, `crd/${name}`)) {
          await kubectl(cluster, ['delete', 'crd', name, '--ignore-not-found', '--wait=false'])
        }
        await unmark(host, `crd/${name}`)
      }
    },
  }
}

/** Charts that were chosen once and are not any more: an answer that was changed takes them away again. */
export function goneChartsStep(context: ChartContext): Step {
  const { cluster, manifest } = context
  const chosen = chosenCharts(context)
  const others = manifest.charts.filter((chart) => !chosen.includes(chart)).toReversed()
  const there = async () => {
    const found: BundleChart[] = []
    for (const chart of others) if ((await releaseOf(context, cluster, chart))?.ours) found.push(chart)
    return found
  }
  return {
    id: 'charts-gone',
    title: { en: 'remove what is not chosen any more', zh: '移除不再选用的组件' },
    check: async () => (await there()).length === 0,
    async apply() {
      for (const chart of await there()) await uninstall(context, cluster, chart)
    },
    async undo() {
      for (const chart of await there()) await uninstall(context, cluster, chart)
    },
  }
}

/** Remembers which of a chart's CRDs come with it: an uninstall leaves them, and others may have been there before. */
async function markCrds({ host, cluster, ...bundle }: ChartContext, chart: BundleChart): Promise<void> {
  const there = new Set((await kubectl(cluster, ['get', 'crd', '-o', 'name'])).split('\n'))
  for (const name of await chartCrds({ host, ...bundle }, chart)) {
    if (!there.has(`customresourcedefinition.apiextensions.k8s.io/${name}`)) await mark(host, `crd/${name}`)
  }
}

/** What somebody changed in the cluster of a release of ours; an upgrade puts it back, also one with the same values. */
async function changedObjects({ cluster }: ChartContext, release: ReleaseHere | undefined): Promise<Drift[]> {
  return release?.ours ? ((await driftOf(cluster, release)) ?? []) : []
}

function restores({ kind, name, fields }: Drift): WorkEvent {
  const text: Text =
    fields.length === 0
      ? { en: `${kind} ${name} was deleted: it is restored`, zh: `${kind} ${name} 已被删除，将重新创建` }
      : {
          en: `${kind} ${name} was changed by hand (${fields.join(', ')}): it is restored`,
          zh: `${kind} ${name} 被手动修改（${fields.join('、')}），将恢复`,
        }
  return { type: 'note', level: 'warning', text }
}

function byHand({ release }: BundleChart): Text {
  return {
    en: `release ${release} was installed by somebody else and is left as it is`,
    zh: `release ${release} 不是由 edgelift 安装，保持不变`,
  }
}

/** Undefined when there is none. */
async function releaseHere(
  context: ChartContext,
  chart: BundleChart,
  { ours }: Pick<Release, 'ours'>,
): Promise<ReleaseHere | undefined> {
  const manifest = await releaseManifest(context, context.cluster, chart)
  const { namespace } = chart
  return manifest === undefined
    ? undefined
    : { manifest, namespace, nodeName: context.settings.nodeName, ours }
}

async function up(
  { cluster }: ChartContext,
  chart: BundleChart,
  release: ReleaseHere | undefined,
): Promise<true | Text> {
  if (release === undefined) return { en: `no release ${chart.release}`, zh: `没有 release ${chart.release}` }
  const seen = await workloadsUp(cluster, release)
  if (seen !== true || chart.name !== 'cloudcore') return seen
  // Its pod counts as ready from its start, and with no more than that it takes no edge in.
  const output = 'jsonpath={.items[*].data.tokendata}' // nothing at all while one of the two is missing
  const secrets = ['get', 'secret', HUB_SECRET, 'tokensecret', '-o', output]
  const token = (await tryKubectl(cluster, '-n', 'kubeedge', ...secrets)) ?? ''
  return (
    token !== '' || {
      en: 'CloudCore has not made its certificate and the join token yet',
      zh: 'CloudCore 尚未生成证书与加入令牌',
    }
  )
}

/** What CloudCore makes by itself, and helm does not know of. */
async function removeLeftovers(cluster: Cluster, { namespace }: BundleChart): Promise<void> {
  const gone = ['--ignore-not-found', '--wait=false']
  const secrets = ['casecret', 'cloudcore', 'cloudcoresecret', 'tokensecret']
  await tryKubectl(cluster, '-n', namespace, 'delete', 'secret', ...secrets, ...gone)
  await tryKubectl(cluster, '-n', namespace, 'delete', 'configmap', 'tunnelport', ...gone)
}

/** The PSK that EdgeMesh was installed with; undefined when it is not there. */
export async function pskInUse(
  cluster: Cluster,
  bundle: Pick<ChartContext, 'host' | 'directory' | 'manifest'>,
): Promise<string | undefined> {
  const chart = bundle.manifest.charts.find(({ name }) => name === 'edgemesh')
  if (chart === undefined) return undefined
  return EdgeMeshValues.parse((await releaseValues(bundle, cluster, chart)) ?? null)?.agent?.psk
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
function fingerprint(values: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(values)) ?? '')
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
