import type { BundleManifest } from '@edgelift/bundle'
import { z } from 'zod'
import { type Bundle, releaseValues } from '../kube/helm.ts'
import type { Cluster } from '../kube/kubectl.ts'

const EdgeMeshValues = z.object({ agent: z.object({ psk: z.string().optional() }).optional() }).nullable()

/** The PSK that EdgeMesh was installed with; undefined when it is not there. */
export async function pskInUse(
  cluster: Cluster,
  bundle: Bundle & { readonly manifest: BundleManifest },
): Promise<string | undefined> {
  const chart = bundle.manifest.charts.find(({ name }) => name === 'edgemesh')
  if (chart === undefined) return undefined
  return EdgeMeshValues.parse((await releaseValues(bundle, cluster, chart)) ?? null)?.agent?.psk
}
