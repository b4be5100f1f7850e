import type { BundleManifest } from '@edgelift/bundle'
import type { InstalledRelease } from '../inspect/installed-release.ts'
import type { Receipt } from '../state/receipt.ts'

/** A component whose version changes; null where it is not known, or the component goes. */
export interface ComponentChange {
  readonly name: string
  readonly from: string | null
  readonly to: string | null
}

type Installation = Pick<Receipt, 'role' | 'kubeEdgeOnly' | 'settings'>

/** Components of a release that are not on every node of it; of others, a release's own among them, nothing is known. */
const ELSEWHERE: Readonly<Record<string, (installed: Installation) => boolean>> = {
  k3s: ({ role, kubeEdgeOnly }) => role === 'edge' || kubeEdgeOnly !== undefined,
  helm: ({ role }) => role === 'edge',
  containerd: isContainerdOthers,
  runc: isContainerdOthers,
  'cni-plugins': ({ role }) => role === 'cloud',
}

/** K3s has a containerd of its own in it. */
function isContainerdOthers({ role, settings }: Installation): boolean {
  return role === 'cloud' || settings.containerd === 'existing'
}

/** What an upgrade changes of the components of this node. Pure. */
export function componentChanges(
  { versions, lock }: InstalledRelease,
  manifest: BundleManifest,
  installed: Installation,
): ComponentChange[] {
  if (lock === manifest.lock) return []
  const names = [...new Set([...Object.keys(manifest.versions), ...Object.keys(versions)])].sort()
  return names
    .filter((name) => ELSEWHERE[name]?.(installed) !== true)
    .map((name) => ({ name, from: versions[name] ?? null, to: manifest.versions[name] ?? null }))
    .filter(({ from, to }) => from !== to)
}
