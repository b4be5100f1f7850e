import { archOf, type BundleManifest, k3sPath } from '@edgelift/bundle'
import { shellWord } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import { existsInPath } from '../node/programs.ts'
import { STATE_FOLDER } from '../state/journal.ts'
import type { Receipt } from '../state/receipt.ts'
import type { Cluster, ClusterAccess } from './kubectl.ts'

/** K3s' program and its kubeconfig, of the archive's K3s. */
export const K3S = '/usr/local/bin/k3s'
export const KUBECONFIG = '/etc/rancher/k3s/k3s.yaml'

/** Where the archive's K3s unpacks kubectl and ctr for an existing cluster; its default folder belongs to that cluster. */
export const BORROWED_PROGRAMS = `${STATE_FOLDER}/k3s-programs`

export interface Place {
  readonly host: Host
  /** The unpacked archive. */
  readonly directory: string
  readonly manifest: BundleManifest
}

/** The cluster of the archive's K3s. */
export const K3S_CLUSTER: ClusterAccess = { kubectl: [K3S, 'kubectl'], kubeconfig: KUBECONFIG }

/** The cluster of an installation: that of the archive's K3s, or the existing one (`kubeEdgeOnly`). */
export async function clusterOf(place: Place, kubeEdgeOnly: Receipt['kubeEdgeOnly']): Promise<Cluster> {
  const { host } = place
  if (kubeEdgeOnly === undefined) return { host, ...K3S_CLUSTER }
  return { host, kubectl: await programOf(place, 'kubectl'), kubeconfig: kubeEdgeOnly.kubeconfig }
}

/** The host's own program, that of a K3s in its PATH, or the one that the archive's K3s carries. */
export async function programOf(place: Place, name: 'kubectl' | 'ctr'): Promise<[string, ...string[]]> {
  const { host, directory, manifest } = place
  const own = await existsInPath(host, name)
  if (own !== undefined) return [own]
  const k3s = await existsInPath(host, 'k3s')
  if (k3s !== undefined) return [k3s, name]
  // K3s unpacks its programs below its data directory, which it takes from the environment (1.30 and newer).
  return [
    'env',
    `K3S_DATA_DIR=${BORROWED_PROGRAMS}`,
    `${directory}/${k3sPath(archOf(manifest.platform))}`,
    name,
  ]
}

/** Whether it is the cluster of the archive's K3s, and no existing one. */
export function isOwnCluster({ kubectl, kubeconfig }: ClusterAccess): boolean {
  return kubectl[0] === K3S && kubeconfig === KUBECONFIG
}

/** How a person calls kubectl on this cluster. */
export function formatKubectl(cluster: ClusterAccess): string {
  if (isOwnCluster(cluster)) return 'k3s kubectl'
  return [...cluster.kubectl, '--kubeconfig', cluster.kubeconfig].map(shellWord).join(' ')
}
