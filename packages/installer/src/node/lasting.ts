import { isThere } from './copies.ts'
import { endOf, type Host, onHost } from './host.ts'

/** Folders that an installation and what it starts fill; each may be on a disk of its own. */
const PLACES = [
  '/',
  '/etc',
  '/opt',
  '/usr/local/bin',
  '/var/lib',
  '/var/lib/containerd',
  '/var/lib/kubeedge',
  '/var/lib/kubelet',
  '/var/lib/rancher',
] as const

/**
 * Has the kernel write what is in its memory alone to the disks below an installation: K3s, containerd and helm do not
 * sync most of what they write, and a power loss would leave it empty. A disk that is too slow or damaged is no reason to
 * end here: whatever reads it next says so.
 */
export async function makeLasting(host: Host, places: readonly string[] = PLACES): Promise<void> {
  const there: string[] = []
  for (const place of places) if (await isThere(onHost(host, place))) there.push(onHost(host, place))
  if (there.length > 0) await endOf(host, 120_000, 'sync', ['-f', ...there])
}
