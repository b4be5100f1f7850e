import { archOf, type BundleManifest, k3sPath } from '@edgelift/bundle'
import { existsInPath } from '../edge/host-containerd.ts'
import type { Host } from '../host.ts'
import { STATE_FOLDER } from '../steps/journal.ts'
import type { Receipt } from '../steps/receipt.ts'
import { K3S, KUBECONFIG } from './k3s-files.ts'
import type { Cluster } from './kubectl.ts'

/** Where the archive's K3s unpacks its programs when it only lends them to another cluster; its default is not ours. */
export const LENT_PROGRAMS = `${STATE_FOLDER}/k3s-programs`

export interface Place {
  readonly host: Host
  /** The unpacked archive. */
  readonly directory: string
  readonly manifest: BundleManifest
}

/** The cluster of an installation: that of the archive's K3s, or the one that was there (`kubeEdgeOnly`). */
export async function clusterOf(place: Place, kubeEdgeOnly: Receipt['kubeEdgeOnly']): Promise<Cluster> {
  const { host } = place
  if (kubeEdgeOnly === undefined) return { host, kubectl: [K3S, 'kubectl'], kubeconfig: KUBECONFIG }
  return { host, kubectl: await kubectlOf(place), kubeconfig: kubeEdgeOnly.kubeconfig }
}

/** The host's kubectl, that of a K3s in its PATH, or the one that the archive's K3s carries. */
async function kubectlOf(place: Place): Promise<Cluster['kubectl']> {
  const own = await existsInPath(place.host, 'kubectl')
  if (own !== undefined) return [own]
  const k3s = await existsInPath(place.host, 'k3s')
  return k3s === undefined ? lent(place, 'kubectl') : [k3s, 'kubectl']
}

/** A program that the archive's K3s carries. It reads its data directory from the environment (K3s 1.30 and newer). */
export function lent({ directory, manifest }: Place, program: 'kubectl' | 'ctr'): [string, ...string[]] {
  return [
    'env',
    `K3S_DATA_DIR=${LENT_PROGRAMS}`,
    `${directory}/${k3sPath(archOf(manifest.platform))}`,
    program,
  ]
}

/** How a person calls kubectl on this cluster. */
export function spokenKubectl({ kubectl, kubeconfig }: Cluster): string {
  if (kubectl[0] === K3S && kubeconfig === KUBECONFIG) return 'k3s kubectl'
  return `${kubectl.join(' ')} --kubeconfig ${kubeconfig}`
}
