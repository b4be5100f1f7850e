import type { Inspection, InspectionRequest } from '../inspect/inspection.ts'
import { allowsPlaceholders } from './bundle-findings.ts'
import { changedSettings } from './changed-settings.ts'
import { existingClusterFindings } from './existing-cluster-findings.ts'
import { existingContainerdFindings } from './existing-containerd-findings.ts'
import type { Finding } from './finding.ts'
import { bySeverity, preflight } from './preflight.ts'

/** Everything that preflight has to say of an installation, errors first. */
export async function installationFindings(
  request: InspectionRequest,
  inspection: Inspection,
  { dryRun, allowDowngrade }: { readonly dryRun: boolean; readonly allowDowngrade: boolean },
): Promise<Finding[]> {
  const { manifest, directory, settings, kubeEdgeOnly, host } = request
  return bySeverity([
    ...preflight({
      ...inspection,
      manifest,
      directory,
      settings,
      allowPlaceholders: allowsPlaceholders(host.env),
      kubeEdgeOnly: kubeEdgeOnly !== undefined,
      allowDowngrade,
      dryRun,
    }),
    ...(await changedSettings(request, inspection)),
    ...existingFindings(request, inspection),
  ])
}

/** What of an existing containerd or cluster keeps an installation out; only root can see it. */
function existingFindings(
  request: InspectionRequest,
  { facts, runtime, cni, cluster }: Inspection,
): Finding[] {
  if (!facts.root) return []
  if (runtime?.kind === 'existing') return existingContainerdFindings(runtime.found, cni, runtime.silent)
  if (cluster === undefined || request.kubeEdgeOnly === undefined) return []
  const { directory, manifest, kubeEdgeOnly } = request
  return existingClusterFindings(cluster, {
    kubeconfig: kubeEdgeOnly.kubeconfig,
    directory,
    platform: manifest.platform,
  })
}
