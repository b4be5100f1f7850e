import path from 'node:path'
import { type BundleChart, isObject, JsonObject, PATHS } from '@edgelift/bundle'
import { EdgeliftError, mustExec, type Report, tryParseJson } from '@edgelift/core'
import { z } from 'zod'
import { readOutput } from '../node/output.ts'
import type { Place } from './access.ts'
import { runHelm } from './helm-run.ts'
import { type Cluster, tryKubectl } from './kubectl.ts'
import { failedWith, patiently } from './patience.ts'

/** A helm release that edgelift installed bears this label; one without it is left alone. */
const LABEL = ['installed-by', 'edgelift'] as const

export interface Release {
  /** `deployed`, `failed`, `pending-install`, `pending-upgrade`, … */
  readonly status: string
  /** When it was installed or upgraded last, RFC 3339. */
  readonly deployed: string
  /** The chart's version and that of its application. */
  readonly chart: string
  readonly ours: boolean
}

const Metadata = z.object({
  status: z.string(),
  deployedAt: z.string(),
  version: z.string(),
  appVersion: z.string().nullish(),
  labels: z.record(z.string(), z.string()).nullish(),
})

/** The machine, and the unpacked archive that brings helm. */
export type Bundle = Pick<Place, 'host' | 'directory'>

/** How helm finds a release. */
export type ReleaseName = Pick<BundleChart, 'release' | 'namespace'>

/** The release of a chart; undefined when there is none. */
export async function releaseOf(
  bundle: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
): Promise<Release | undefined> {
  const found = await question(Metadata, bundle, cluster, chart, ['get', 'metadata', chart.release])
  if (found === undefined) return undefined
  const { status, deployedAt, version, appVersion, labels } = found
  return {
    status,
    deployed: deployedAt,
    chart: `${version} ${appVersion ?? ''}`,
    ours: labels?.[LABEL[0]] === LABEL[1],
  }
}

/** The values that a release was given; undefined when there is none. */
export async function releaseValues(
  bundle: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
): Promise<JsonObject | undefined> {
  return question(Values, bundle, cluster, chart, ['get', 'values', chart.release])
}

/** The values that a release runs with, the defaults of its chart included; undefined when there is none. */
export async function effectiveValues(
  bundle: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
): Promise<JsonObject | undefined> {
  return question(Values, bundle, cluster, chart, ['get', 'values', chart.release, '--all'])
}

/** helm prints `null` for a release without values. */
const Values = JsonObject.nullable().transform((values) => values ?? {})

const History = z.array(z.object({ revision: z.number(), description: z.string().default('') }))

/** By which revisions of edgelift are told from those of others in helm's history; paths of others' values follow. */
const DESCRIPTION = 'installed by edgelift'

/** Keys that lead to a value. */
export type ValuePath = readonly string[]

const ValuePaths = z.array(z.array(z.string()))

function descriptionOf(kept: readonly ValuePath[]): string {
  return kept.length === 0 ? DESCRIPTION : `${DESCRIPTION}, others' values kept: ${JSON.stringify(kept)}`
}

function keptIn(description: string): ValuePath[] {
  const [, list] = description.split(' kept: ')
  return ValuePaths.safeParse(tryParseJson(list ?? '')).data ?? []
}

/**
 * The values that edgelift itself gave a release last, without those of others that it kept; undefined where helm has
 * lost them.
 */
export async function ownValues(
  bundle: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
): Promise<JsonObject | undefined> {
  const revisions = (await question(History, bundle, cluster, chart, ['history', chart.release])) ?? []
  const last = revisions.findLast(({ description }) => description.startsWith(DESCRIPTION))
  if (last === undefined) return undefined
  const args = ['get', 'values', chart.release, '--revision', String(last.revision)]
  const values = await question(Values, bundle, cluster, chart, args)
  return values && keptIn(last.description).reduce(without, values)
}

function without(values: JsonObject, [key, ...rest]: ValuePath): JsonObject {
  if (key === undefined || !(key in values)) return values
  const { [key]: value, ...others } = values
  if (rest.length === 0 || !isObject(value)) return others
  return { ...others, [key]: without(value, rest) }
}

/** The Kubernetes objects of a release, as YAML; undefined when there is none. */
export function releaseManifest(
  bundle: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
): Promise<string | undefined> {
  return helm(bundle, cluster, chart, ['get', 'manifest', chart.release])
}

/**
 * Installs a chart, or upgrades its release. Client-side apply, since CloudCore rewrites its own ConfigMap (ADR 4).
 * @param values go over standard input: they hold the PSK
 * @throws WAIT_EXPIRED when helm hangs twice; COMMAND_FAILED with what it printed
 */
export function upgrade(
  bundle: Bundle,
  cluster: Cluster,
  {
    chart,
    values,
    kept = [],
    report,
  }: {
    readonly chart: BundleChart
    readonly values: JsonObject
    /** Which of the values are others'. */
    readonly kept?: readonly ValuePath[]
    readonly report: Report
  },
): Promise<void> {
  const file = path.join(bundle.directory, chart.path)
  const flags = [
    '--create-namespace',
    '--server-side=false',
    '--labels',
    LABEL.join('='),
    '--description',
    descriptionOf(kept),
    '-f',
    '-',
  ]
  return runHelm(cluster, {
    program: helmProgram(bundle),
    args: ['upgrade', '--install', chart.release, file, ...common(cluster, chart), ...flags],
    input: JSON.stringify(values),
    release: chart.release,
    namespace: chart.namespace,
    report,
    forget: () => forgetUnfinished(cluster, chart),
  })
}

/** Releases that a killed helm has left in the middle: it refuses every other operation until they are gone. */
export async function forgetUnfinished(cluster: Cluster, chart: ReleaseName): Promise<void> {
  const states = 'status in (pending-install,pending-upgrade,pending-rollback,uninstalling)'
  const selector = `owner=helm,name=${chart.release},${states}`
  await tryKubectl(cluster, '-n', chart.namespace, 'delete', 'secret', '--ignore-not-found', '-l', selector)
}

export async function uninstall(
  { host, directory }: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
): Promise<void> {
  const args = ['uninstall', chart.release, ...common(cluster, chart), '--ignore-not-found']
  await mustExec(host.exec, helmProgram({ directory }), args, { timeout: 120_000 })
}

/** Every release that edgelift installed, whatever its status, the last one first. helm 4 lists all without a flag for it. */
export async function ownReleases({ host, directory }: Bundle, cluster: Cluster): Promise<ReleaseName[]> {
  const args = ['list', '-A', '-d', '-r', '-l', LABEL.join('='), '-o', 'json']
  const program = helmProgram({ directory })
  const all = [...args, '--kubeconfig', cluster.kubeconfig]
  const text = await mustExec(host.exec, program, all, { timeout: QUESTION })
  return readOutput(Releases, [program, ...all], text).map(({ name, namespace }) => ({
    release: name,
    namespace,
  }))
}

const Releases = z.array(z.object({ name: z.string(), namespace: z.string() }))

const QUESTION = 60_000 // milliseconds for a question: the machine may be busy with starting pods

/** What helm says in JSON; undefined when there is no such release. @throws COMMAND_FAILED as {@link helm}, or when the schema does not fit */
async function question<T>(
  schema: z.ZodType<T>,
  bundle: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
  args: readonly string[],
): Promise<T | undefined> {
  const all = [...args, '-o', 'json']
  const text = await helm(bundle, cluster, chart, all)
  return text === undefined ? undefined : readOutput(schema, [helmProgram(bundle), ...all], text)
}

/** What helm 4 says of a release that is not there (helm.sh/helm/v4 pkg/storage/driver, ErrReleaseNotFound). */
const NO_RELEASE = 'release: not found'
/** What it says while the API cannot be reached (pkg/kube, IsReachable): asked again for a while, as kubectl is. */
const UNREACHABLE = 'cluster unreachable'

/**
 * What helm prints; undefined when there is no such release.
 * @throws COMMAND_FAILED when it hangs or fails otherwise: that is no word about a release
 */
async function helm(
  { host, directory }: Bundle,
  cluster: Cluster,
  chart: ReleaseName,
  args: readonly string[],
): Promise<string | undefined> {
  const program = helmProgram({ directory })
  const all = [...args, ...common(cluster, chart)]
  try {
    return (await patiently(host.exec, program, all, { timeout: QUESTION, passing: [UNREACHABLE] })).trim()
  } catch (error) {
    if (failedWith(error, [NO_RELEASE])) return undefined
    throw error
  }
}

/** For a question whose failure has an answer of its own: undefined in its place. */
export async function orUnknown<T>(question: Promise<T>): Promise<T | undefined> {
  return question.catch((error: unknown) => {
    if (error instanceof EdgeliftError && error.code === 'COMMAND_FAILED') return undefined
    throw error
  })
}

/** The archive's own helm. */
export function helmProgram({ directory }: Pick<Place, 'directory'>): string {
  return path.join(directory, PATHS.helm)
}

function common(cluster: Cluster, chart: ReleaseName): string[] {
  return ['--kubeconfig', cluster.kubeconfig, '-n', chart.namespace]
}
