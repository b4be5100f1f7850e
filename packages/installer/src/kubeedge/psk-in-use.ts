import { type BundleChart, type BundleManifest, type Json, settingIn } from '@edgelift/bundle'
import { rememberSecret } from '@edgelift/core'
import { type Bundle, releaseValues } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'

/**
 * The PSK that a release of the archive's charts was installed with, remembered as a secret; undefined when there is none.
 * @throws COMMAND_FAILED where helm cannot tell: a new PSK would cut every node off
 */
export async function pskInUse(
  cluster: Cluster,
  bundle: Bundle & { readonly manifest: BundleManifest },
): Promise<string | undefined> {
  for (const chart of bundle.manifest.charts) {
    const path = pskPath(chart)
    const psk = path && valueAt(await releaseValues(bundle, cluster, chart), path)
    if (typeof psk !== 'string' || psk === '') continue
    rememberSecret(psk)
    return psk
  }
  return undefined
}

/** Where a chart's values take the PSK; undefined for a chart that has no use for it. */
export function pskPath({ values }: Pick<BundleChart, 'values'>): string[] | undefined {
  return find(values, [])
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
