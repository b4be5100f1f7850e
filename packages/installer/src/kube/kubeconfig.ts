import path from 'node:path'
import { existsOnHost, type Host } from '../node/host.ts'
import type { Receipt } from '../state/receipt.ts'
import { KUBECONFIG } from './access.ts'

/** Where distributions leave the administrator's: K3s, RKE2, kubeadm, k0s, and kubectl's own place. */
const PLACES = [
  KUBECONFIG,
  '/etc/rancher/rke2/rke2.yaml',
  '/etc/kubernetes/admin.conf',
  '/var/lib/k0s/pki/admin.conf',
  '/root/.kube/config',
] as const

/**
 * The kubeconfig of an existing cluster, as an absolute path: as it was typed, as an earlier run took it, as
 * kubectl would take it (`KUBECONFIG`), else the first of the usual ones that is there.
 */
export async function kubeconfigOf(
  host: Host,
  given: { readonly typed: unknown; readonly cwd: string; readonly receipt: Receipt | undefined },
): Promise<string> {
  if (typeof given.typed === 'string') return path.resolve(given.cwd, given.typed)
  const known = given.receipt?.kubeEdgeOnly?.kubeconfig ?? host.env.KUBECONFIG?.split(':', 1)[0]
  if (known) return path.resolve(given.cwd, known)
  for (const place of PLACES) if (await existsOnHost(host, place)) return place
  return KUBECONFIG
}
