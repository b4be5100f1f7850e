import { type BundleChart, type JsonObject, valuesOf } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import { formatKubectl, isOwnCluster } from '../kube/access.ts'
import { applyCrds, type CrdDrift } from '../kube/crds.ts'
import {
  forgetUnfinished,
  helmProgram,
  type Release,
  releaseManifest,
  releaseOf,
  upgrade,
} from '../kube/helm.ts'
import { apiResponds, type Cluster, type ClusterAccess } from '../kube/kubectl.ts'
import { driftOf, restoreLists } from '../kube/live-objects.ts'
import { packedChart } from '../kube/packed-chart.ts'
import { deletePods, holdDaemonSets, outdatedPods, replaceElsewhere } from '../kube/rollout.ts'
import { type ReleaseHere, workloadsUp } from '../kube/workloads.ts'
import { endProcesses } from '../node/processes.ts'
import type { ChangeOf } from '../state/change.ts'
import { launcherFor } from '../state/way-back.ts'
import type { Run } from '../steps/run.ts'
import { defineStep } from '../steps/step.ts'
import { recordCrds, tellCrds } from './archive-crds.ts'
import { driftPlaces, releaseDrift } from './chart-drift.ts'
import { waitForChart } from './chart-wait.ts'
import { edgemeshPsk, keptPsk } from './psk.ts'
import { pskInUse, takesPsk } from './psk-in-use.ts'
import { releaseKept } from './release-kept.ts'
import { restartStale, startedSince } from './restarts.ts'
import { keepObject, restores, tellValues } from './restored-object.ts'

export interface ChartInputs {
  readonly cluster: ClusterAccess
  /** The name of a chart of the archive. */
  readonly chart: string
  /** By which its variants are chosen. */
  readonly options: readonly string[]
  readonly facts: readonly string[]
  /** What its values ask for by name, but for the PSK. */
  readonly settings: JsonObject
  /** The operator's own file with the PSK; null: that of the archive's directory. */
  readonly pskFile: string | null
  /** The node whose pods are waited for. */
  readonly nodeName: string
}

export function chartStepId(chart: string): string {
  return `chart-${chart}`
}

/**
 * A chart as a helm release: installed, or upgraded when its values or its chart have changed. A release that somebody
 * else installed under the name (the guide's manual path, G31) is waited for and left as it is.
 */
export const chartRelease = defineStep<ChartInputs>({
  id: ({ chart }) => chartStepId(chart),
  title: ({ chart }) => ({ en: `install ${chart}`, zh: `安装 ${chart}` }),
  async check(run, inputs) {
    const { chart, cluster } = resolved(run, inputs)
    const release = await releaseOf(run, cluster, chart)
    if (release === undefined) return false
    const here = release.ours ? await asGiven(run, inputs, release) : await byOthers(run, inputs)
    return (
      here !== undefined &&
      (await up(cluster, chart, here)) === true &&
      (await replaceable(cluster, here)).length === 0
    )
  },
  async drift(run, inputs) {
    const { chart, cluster } = resolved(run, inputs)
    if (!(await apiResponds(cluster))) return []
    const release = await releaseOf(run, cluster, chart)
    if (release === undefined)
      return [{ kind: 'values', place: `${chart.namespace}/${chart.release}`, state: 'missing', fields: [] }]
    if (!release.ours) return []
    const kept = await keptPsk(run.directory, inputs.pskFile ?? undefined)
    const wanted = withPsk(chart, inputs, kept ?? (await pskInUse(cluster, run)) ?? '')
    return driftPlaces(chart, await releaseDrift(run, cluster, chart, { wanted, release }))
  },
  async apply(run, inputs) {
    const { chart, cluster } = resolved(run, inputs)
    const before = await releaseOf(run, cluster, chart)
    const ours = before?.ours ?? true
    // A run that was killed may have left objects without their release.
    const isNew = before === undefined && !run.changes.has(releaseChange(chart))
    if (ours) await bring(run, inputs, { before, isNew })
    const release = await releaseHere(run, inputs, ours)
    if (release?.ours) await holdDaemonSets(cluster, release)
    if (release?.ours && !isNew) await settle(cluster, release)
    await waitForChart(run, {
      id: chartStepId(chart.name),
      what: { en: `the pods of ${chart.name}`, zh: `${chart.name} 的 Pod` },
      chart,
      cluster,
      nodeName: inputs.nodeName,
      look: () => up(cluster, chart, release),
    })
    if (release?.ours) await onOtherNodes(run, { chart, cluster, release })
  },
})

/** Installs the release, or upgrades it; tells what of others' changes it restores. */
async function bring(
  run: Run,
  inputs: ChartInputs,
  { before, isNew }: { readonly before: Release | undefined; readonly isNew: boolean },
): Promise<void> {
  const { chart, cluster } = resolved(run, inputs)
  const wanted = await valuesFor(run, inputs)
  const found = await releaseDrift(run, cluster, chart, { wanted, release: before })
  const { values, kept, manifest, objects, crds } = found
  for (const drift of objects)
    if (drift.fields.length > 0 || run.changes.wasComplete)
      run.report(restores(drift, await keepObject(cluster, drift)))
  for (const event of await tellValues(run.host, chart, found)) run.report(event)
  tellCrds(run, crds)
  await recordRelease(run, chart, crds)
  // One that a killed run has left behind would work against this one.
  await endProcesses(run.host, { programs: [helmProgram(run)] })
  await forgetUnfinished(cluster, chart)
  if (before !== undefined) await applyCrds(cluster, crds)
  if (manifest !== undefined) await holdDaemonSets(cluster, { manifest, namespace: chart.namespace })
  await upgrade(run, cluster, { chart, values, kept, report: run.report })
  await restartStale(run, cluster, { chart, settings: inputs.settings, isNew })
}

/** Replaces what other nodes run, as far as they can; tells what stays. */
async function onOtherNodes(
  run: Run,
  {
    chart,
    cluster,
    release,
  }: { readonly chart: BundleChart; readonly cluster: Cluster; readonly release: ReleaseHere },
): Promise<void> {
  const { edges, stuck } = await replaceElsewhere(cluster, release, run.signal)
  if (edges.length > 0) run.report({ type: 'note', level: 'info', text: edgesKeep(chart, edges) })
  if (stuck !== undefined)
    run.report({ type: 'note', level: 'warning', text: stuckOn(cluster, chart, stuck) })
}

/** What an upgrade leaves as it was: items that somebody added to lists, and pods that are held. */
async function settle(cluster: Cluster, release: ReleaseHere): Promise<void> {
  for (const left of await driftOf(cluster, release)) await restoreLists(cluster, left)
  const outdated = await outdatedPods(cluster, release)
  await deletePods(
    cluster,
    outdated.filter(({ place }) => place === 'here'),
  )
}

/** A release of ours that is as this installation leaves it; undefined for one that is to be upgraded. */
async function asGiven(run: Run, inputs: ChartInputs, release: Release): Promise<ReleaseHere | undefined> {
  const { chart, cluster } = resolved(run, inputs)
  if (release.status !== 'deployed' || release.chart !== (await packedChart(run, chart))) return undefined
  if (!(await startedSince(cluster, chart, release))) return undefined
  const wanted = await valuesFor(run, inputs)
  const found = await releaseDrift(run, cluster, chart, { wanted, release })
  const { manifest } = found
  const isChanged = driftPlaces(chart, found).some(({ state }) => state !== 'added')
  return isChanged || manifest === undefined ? undefined : hereOf(chart, inputs, { manifest, ours: true })
}

/** A release that edgelift did not install; says that it stays. */
async function byOthers(run: Run, inputs: ChartInputs): Promise<ReleaseHere | undefined> {
  const { chart, cluster } = resolved(run, inputs)
  const text = await releaseKept(run, { cluster, chart, pskFile: inputs.pskFile })
  run.report({ type: 'note', level: 'warning', text })
  return releaseHere(run, inputs, false)
}

/** Pods that no other node's installation replaces. */
async function replaceable(cluster: Cluster, release: ReleaseHere) {
  const outdated = release.ours ? await outdatedPods(cluster, release) : []
  return outdated.filter(({ place }) => place !== 'lacking')
}

function edgesKeep({ name }: BundleChart, edges: readonly string[]): Text {
  return {
    en: `${name} keeps its current version on ${edges.join(', ')} until these edges are upgraded: run ./install.sh there`,
    zh: `${name} 在 ${edges.join('、')} 上保持当前版本，直到在这些边缘节点执行 ./install.sh 升级`,
  }
}

/** What is told of another cloud node whose pod could not be replaced. */
export function stuckOn(cluster: ClusterAccess, { name, namespace }: BundleChart, node: string): Text {
  const see = `${formatKubectl(cluster)} -n ${namespace} describe pods`
  const launcher = launcherFor(!isOwnCluster(cluster))
  return {
    en: `the new pod of ${name} on ${node} does not become ready: other nodes keep theirs. See ${see}, then run ${launcher} again`,
    zh: `${name} 在 ${node} 上的新 Pod 未就绪：其余节点保持原有 Pod。请查看 ${see}，然后重新执行 ${launcher}`,
  }
}

function resolved(
  { host, manifest }: Run,
  inputs: ChartInputs,
): { readonly chart: BundleChart; readonly cluster: Cluster } {
  const chart = manifest.charts.find(({ name }) => name === inputs.chart)
  if (chart === undefined) throw new Error(`chart ${inputs.chart} is not in the archive`)
  return { chart, cluster: { host, ...inputs.cluster } }
}

async function valuesFor(run: Run, inputs: ChartInputs): Promise<JsonObject> {
  const { chart, cluster } = resolved(run, inputs)
  const inUse = () => pskInUse(cluster, run)
  const psk = takesPsk(chart) ? await edgemeshPsk(run.directory, inputs.pskFile ?? undefined, inUse) : ''
  return withPsk(chart, inputs, psk)
}

function withPsk(chart: BundleChart, { options, facts, settings }: ChartInputs, psk: string): JsonObject {
  return valuesOf(chart, { options: new Set(options), facts: new Set(facts) }, { ...settings, psk })
}

/** An uninstall of a release leaves its CRDs. */
async function recordRelease(run: Run, chart: BundleChart, crds: readonly CrdDrift[]): Promise<void> {
  await recordCrds(run, crds)
  await run.changes.record(releaseChange(chart))
}

function releaseChange({ release, namespace, leaves = [] }: BundleChart): ChangeOf<'release'> {
  return { kind: 'release', release, namespace, leaves }
}

/** Undefined when there is none. */
async function releaseHere(run: Run, inputs: ChartInputs, ours: boolean): Promise<ReleaseHere | undefined> {
  const { chart, cluster } = resolved(run, inputs)
  const manifest = await releaseManifest(run, cluster, chart)
  return manifest === undefined ? undefined : hereOf(chart, inputs, { manifest, ours })
}

function hereOf(
  { namespace }: BundleChart,
  { nodeName }: ChartInputs,
  release: Pick<ReleaseHere, 'manifest' | 'ours'>,
): ReleaseHere {
  return { ...release, namespace, nodeName }
}

async function up(
  cluster: Cluster,
  chart: BundleChart,
  release: ReleaseHere | undefined,
): Promise<true | Text> {
  if (release === undefined) return { en: `no release ${chart.release}`, zh: `没有 release ${chart.release}` }
  return workloadsUp(cluster, release)
}
