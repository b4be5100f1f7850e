import { minor, valid } from 'semver'
import { skews } from '../kubeedge/skew.ts'
import type { ClusterVersions, EdgeVersions } from '../kubeedge/versions.ts'
import { nodeNameOf } from '../settings/edge.ts'
import type { PreflightContext } from './context.ts'
import type { Finding } from './finding.ts'

/** Whether cloud and edges go together once this archive is installed. Pure. */
export function versionFindings(context: PreflightContext): Finding[] {
  const { peers, settings } = context
  if (peers === undefined) return []
  const then = settings.role === 'edge' ? afterEdge(context, peers) : afterCloud(context, peers)
  return skews(then).map(({ supported, seen, matters, fix }) => ({
    code: supported ? 'VERSIONS_MIXED' : 'VERSION_SKEW',
    severity: supported ? 'note' : 'error',
    seen,
    matters,
    fix,
  }))
}

function afterCloud({ manifest, kubeEdgeOnly }: PreflightContext, peers: ClusterVersions): ClusterVersions {
  const { kubeedge, edgemesh, k3s } = manifest.versions
  const kubernetes = kubeEdgeOnly ? peers.cloud.kubernetes : (k3s ?? peers.cloud.kubernetes)
  return { cloud: { kubeedge, edgemesh, kubernetes }, edges: peers.edges }
}

/** The other edges are not this node's business. */
function afterEdge({ manifest, settings, facts }: PreflightContext, peers: ClusterVersions): ClusterVersions {
  const name = nodeNameOf(settings, facts)
  const now: Partial<EdgeVersions> = peers.edges.find((edge) => edge.name === name) ?? {}
  const { kubeedge, edgemesh } = manifest.versions
  // The kubelet in EdgeCore changes with its minor version.
  const kubernetes = isSameMinor(now.kubeedge, kubeedge) ? now.kubernetes : undefined
  return { cloud: peers.cloud, edges: [{ name, kubeedge, edgemesh, kubernetes }] }
}

function isSameMinor(a: string | undefined, b: string | undefined): boolean {
  return valid(a) !== null && valid(b) !== null && minor(a ?? '') === minor(b ?? '')
}
