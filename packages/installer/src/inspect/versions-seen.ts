import { clusterOf, type Place } from '../kube/access.ts'
import { type ClusterVersions, versionsOnCloud, versionsOnEdge } from '../kubeedge/versions.ts'
import { HUB_PORT, type Settings } from '../settings/schema.ts'

/** What an installed node sees of the versions of its cluster; undefined where it cannot ask. */
export async function versionsSeen(
  place: Place,
  settings: Settings,
  kubeEdgeOnly: { readonly kubeconfig: string } | undefined,
): Promise<ClusterVersions | undefined> {
  if (settings.role === 'edge') return versionsOnEdge(place.host, settings.cloud?.hubPort ?? HUB_PORT)
  return versionsOnCloud(await clusterOf(place, kubeEdgeOnly))
}
