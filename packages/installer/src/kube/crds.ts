import { z } from 'zod'
import { type Cluster, kubectl } from './kubectl.ts'
import { objectDrift } from './live-objects.ts'

export const Crd = z.looseObject({
  apiVersion: z.string(),
  kind: z.literal('CustomResourceDefinition'),
  metadata: z.looseObject({ name: z.string() }),
})
/** A CRD as an archive brings it. */
export type Crd = z.infer<typeof Crd>

/** A CRD that is not in the cluster as the archive brings it. */
export interface CrdDrift {
  readonly crd: Crd
  /** Fields that differ, as paths; empty: the CRD is missing. */
  readonly fields: readonly string[]
}

/**
 * What is to be applied of an archive's CRDs. helm installs those of a chart with a release, and never touches them again.
 * @param isOurs by name: a CRD that others brought may be newer, and only its absence counts
 * @throws COMMAND_FAILED when the cluster does not respond
 */
export async function crdDrift(
  cluster: Cluster,
  crds: readonly Crd[],
  isOurs: (name: string) => boolean,
): Promise<CrdDrift[]> {
  if (crds.length === 0) return []
  const drifts = await objectDrift(cluster, crds, { namespace: 'default' })
  return crds.flatMap((crd) => {
    const found = drifts.find(({ name }) => name === crd.metadata.name)
    const counts = found !== undefined && (found.fields.length === 0 || isOurs(found.name))
    return counts ? [{ crd, fields: found.fields }] : []
  })
}

/** Whoever else has set fields of them loses these fields. */
export async function applyCrds(cluster: Cluster, drifts: readonly CrdDrift[]): Promise<void> {
  if (drifts.length === 0) return
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: drifts.map(({ crd }) => crd) })
  await kubectl(cluster, ['apply', '--server-side', '--force-conflicts', '-f', '-'], list)
}
