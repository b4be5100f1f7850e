import { EdgeliftError } from '@edgelift/core'
import { clusterOf } from '../kube/access.ts'
import {
  orUnknown,
  ownReleases,
  type ReleaseName,
  releaseManifest,
  releaseOf,
  uninstall,
} from '../kube/helm.ts'
import { type Cluster, kubectl } from '../kube/kubectl.ts'
import { podsGone } from '../kube/workloads.ts'
import { isOnHost } from '../node/host.ts'
import type { Change, ChangeOf } from '../state/change.ts'
import type { Undoing } from './undoing.ts'

export type InClusterChange = Extract<Change, { kind: 'object' | 'label' | 'release' | 'all-releases' }>

const IN_CLUSTER: ReadonlySet<Change['kind']> = new Set(['object', 'label', 'release', 'all-releases'])

export function isInCluster(change: Change): change is InClusterChange {
  return IN_CLUSTER.has(change.kind)
}

/** What lies in the archive's own K3s goes with it, and what lay in a cluster that is gone has gone. */
export async function undoInCluster(undoing: Undoing, change: InClusterChange): Promise<void> {
  const { host, receipt } = undoing
  const only = receipt.kubeEdgeOnly
  if (only === undefined || !(await isOnHost(host, only.kubeconfig))) return
  const cluster = await clusterOf(undoing, only)
  switch (change.kind) {
    case 'object': {
      const { resource, namespace, name } = change
      const place = namespace === undefined ? [] : ['-n', namespace]
      await kubectl(cluster, [...place, 'delete', resource, name, '--ignore-not-found', '--wait=false'])
      return
    }
    case 'label': {
      const { resource, namespace, name, label } = change
      await kubectl(cluster, ['-n', namespace, 'label', resource, name, `${label}-`]).catch(unlessGone)
      return
    }
    case 'release':
      return removeRelease(undoing, cluster, change)
    case 'all-releases':
      for (const release of await ownReleases(undoing, cluster))
        await removeRelease(undoing, cluster, release)
  }
}

/** For `catch`: what is not there any more bears no label. */
function unlessGone(error: unknown): void {
  const isGone = error instanceof EdgeliftError && error.because?.en.includes('(NotFound)') === true
  if (!isGone) throw error
}

async function removeRelease(
  undoing: Undoing,
  cluster: Cluster,
  release: ReleaseName & Pick<ChangeOf<'release'>, 'leaves'>,
): Promise<void> {
  const { namespace, leaves = [] } = release
  if (await isOurs(undoing, cluster, release)) {
    const manifest = (await orUnknown(releaseManifest(undoing, cluster, release))) ?? ''
    await uninstall(undoing, cluster, release)
    await podsGone(cluster, { manifest, namespace })
  }
  const gone = ['--ignore-not-found', '--wait=false']
  for (const { resource, names } of leaves)
    await kubectl(cluster, ['-n', namespace, 'delete', resource, ...names, ...gone])
}

/** A helm that cannot tell of a release is no word that there is none. @throws COMMAND_FAILED where it tells of none at all */
async function isOurs(
  undoing: Undoing,
  cluster: Cluster,
  { release, namespace }: ReleaseName,
): Promise<boolean> {
  const found = await orUnknown(releaseOf(undoing, cluster, { release, namespace }))
  if (found !== undefined) return found.ours
  const listed = await ownReleases(undoing, cluster)
  return listed.some((one) => one.release === release && one.namespace === namespace)
}
