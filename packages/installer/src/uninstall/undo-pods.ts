import type { Ctr } from '../containerd/ctr.ts'
import { containerIds, containerInfo, removeContainer } from '../containerd/ctr-client.ts'
import type { Host } from '../node/host.ts'
import { NAMESPACES, removeNamespace, removeNamespaces } from '../node/mounts.ts'
import { removeChains, removeLinks } from '../node/netfilter.ts'
import { endProcesses, removeDeadSockets, removePodSlices } from '../node/processes.ts'
import type { ChangeOf } from '../state/change.ts'
import { isContainerdThere } from './containerd-there.ts'
import { ctrAt } from './ctr-at.ts'
import type { Undoing } from './undoing.ts'

/** Ends pods and takes away their network. What was there before stays. */
export async function undoPods(undoing: Undoing, change: ChangeOf<'pods'>): Promise<void> {
  const { host, receipt } = undoing
  const { containers, namespaces, links, chains } = receipt.baseline
  const { socket, sharedNetwork, sockets = [] } = change
  if (sharedNetwork === undefined) {
    await endProcesses(host, { programs: [], ...(socket === undefined ? {} : { socket }) })
    for (const folder of sockets) await removeDeadSockets(host, folder)
    await removeNamespaces(host, namespaces)
  } else {
    const ctr = await ctrAt(undoing, socket)
    if (await isContainerdThere(host, ctr)) await removePodContainers(host, ctr, containers)
  }
  await removeLinks(host, links)
  await removeChains(host, {
    kept: chains,
    ...(sharedNetwork === undefined ? {} : { network: sharedNetwork }),
  })
  await removePodSlices(host)
}

/** Containers of pods that were not there before. Those that somebody else runs are in no pod. */
async function removePodContainers(host: Host, ctr: Ctr, before: readonly string[]): Promise<void> {
  for (const id of await containerIds(host, ctr)) {
    if (before.includes(id)) continue
    const container = await containerInfo(host, ctr, id)
    if (container?.labels['io.kubernetes.pod.name'] === undefined) continue
    await removeContainer(host, ctr, id)
    const name = container.networkNamespace?.replace(/^\/var\/run\//, '/run/').replace(`${NAMESPACES}/`, '')
    if (name?.startsWith('cni-') === true) await removeNamespace(host, name)
  }
}
