import {
  applies,
  type BundleChart,
  type BundleManifest,
  type Choice,
  type Json,
  settingIn,
} from '@edgelift/bundle'
import { rememberSecret } from '@edgelift/core'
import { type Bundle, effectiveValues, releaseOf } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'
import { type RefusedPsk, whyNoPsk } from './psk.ts'

type WithManifest = Bundle & { readonly manifest: BundleManifest }

/**
 * The PSK that a release of the archive's charts runs with, be it its chart's default; remembered as a secret. Undefined when
 * there is none.
 * @throws COMMAND_FAILED where helm cannot tell: a new PSK would cut every node off
 */
export async function pskInUse(cluster: Cluster, bundle: WithManifest): Promise<string | undefined> {
  return (await chartInUse(cluster, bundle))?.psk
}

/**
 * The PSK in use, where it is none that an installation keeps; undefined otherwise.
 * @param choice by which is chosen what is installed
 * @throws as {@link pskInUse}
 */
export async function refusedPskInUse(
  cluster: Cluster,
  bundle: WithManifest,
  choice: Choice,
): Promise<RefusedPsk | undefined> {
  const found = await chartInUse(cluster, bundle)
  const why = found && whyNoPsk(found.psk)
  if (found === undefined || why === undefined) return undefined
  const { chart, path } = found
  const ours = (await releaseOf(bundle, cluster, chart))?.ours === true
  const takers: string[] = []
  for (const one of bundle.manifest.charts)
    if (takesPsk(one) && applies(one.when, choice) && (await isInstalledHere(cluster, bundle, one)))
      takers.push(one.name)
  return { why, ours, release: `${chart.namespace}/${chart.release}`, value: path.join('.'), takers }
}

/** Whether an installation brings a chart: others' release under its name stays as it is. */
async function isInstalledHere(cluster: Cluster, bundle: Bundle, chart: BundleChart): Promise<boolean> {
  const release = await releaseOf(bundle, cluster, chart)
  return release === undefined || release.ours
}

async function chartInUse(
  cluster: Cluster,
  bundle: WithManifest,
): Promise<{ readonly chart: BundleChart; readonly path: string[]; readonly psk: string } | undefined> {
  for (const chart of bundle.manifest.charts) {
    const path = pskPath(chart)
    const psk = path && valueAt(await effectiveValues(bundle, cluster, chart), path)
    if (path === undefined || typeof psk !== 'string' || psk === '') continue
    rememberSecret(psk)
    return { chart, path, psk }
  }
  return undefined
}

/** Where a chart's values take the PSK; undefined for a chart that has no use for it. */
export function pskPath({ values }: Pick<BundleChart, 'values'>): string[] | undefined {
  return find(values, [])
}

/** Whether a chart's values ask for the PSK, or those of one of its variants do. */
export function takesPsk({ values, variants }: Pick<BundleChart, 'values' | 'variants'>): boolean {
  return [values, ...variants.map((one) => one.values)].some((one) => find(one, []) !== undefined)
}

function find(value: Json, at: readonly string[]): string[] | undefined {
  if (settingIn(value) === 'psk') return [...at]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const found = find(inner, [...at, key])
    if (found !== undefined) return found
  }
  return undefined
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined),
    value,
  )
}
