import { CONTAINERD_SOCKETS, type Ctr } from '../containerd/ctr.ts'
import { existingContainerd } from '../containerd/existing.ts'
import { programOf } from '../kube/access.ts'
import { existsOnHost, type Host } from '../node/host.ts'
import { existsInPath } from '../node/programs.ts'
import type { Undoing } from './undoing.ts'

/**
 * ctr for a containerd: the host's own program, else that of the archive that is here.
 * @param socket absent in receipts of the first format, which did not record it: then it is looked for
 */
export async function ctrAt(undoing: Undoing, socket: string | undefined): Promise<Ctr> {
  const { host, directory, manifest } = undoing
  if (manifest.role === 'cloud') {
    const program = await programOf(undoing, 'ctr')
    return [...program, '-a', socket ?? (await firstSocket(host)), '-n', 'k8s.io']
  }
  if (socket === undefined) {
    const { sandboxImage } = manifest.settings
    const found = await existingContainerd(host, { directory, sandboxImage })
    if (found !== undefined) return found.ctr
  }
  const program = (await existsInPath(host, 'ctr')) ?? `${directory}/bin/ctr`
  return [program, '-a', socket ?? (await firstSocket(host)), '-n', 'k8s.io']
}

async function firstSocket(host: Host): Promise<string> {
  for (const socket of CONTAINERD_SOCKETS) if (await existsOnHost(host, socket)) return socket
  return CONTAINERD_SOCKETS[1]
}
