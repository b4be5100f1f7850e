import type { Ctr } from '../containerd/ctr.ts'
import { containerIds, containerInfo, isInstalled, removeContainer } from '../containerd/ctr-client.ts'
import { CONTAINERD_UNIT } from '../containerd/files.ts'
import { ask, type Host } from '../node/host.ts'
import { NAMESPACES, removeNamespace, removeNamespaces } from '../node/mounts.ts'
import { removeChains, removeLinks } from '../node/netfilter.ts'
import { endProcesses, removeDeadSockets, removePodSlices } from '../node/processes.ts'
import type { ChangeOf } from '../state/change.ts'
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
    await refuseSilence(host, ctr)
    await removePodContainers(host, ctr, containers)
  }
  await removeLinks(host, links)
  await removeChains(host, {
    kept: chains,
    ...(sharedNetwork === undefined ? {} : { network: sharedNetwork }),
  })
  await removePodSlices(host)
}

/**
 * A containerd that only does not run still holds the pods, which would be forgotten.
 * @throws COMMAND_FAILED with what it says
 */
async function refuseSilence(host: Host, ctr: Ctr): Promise<void> {
  const state = await ask(host, 'systemctl', 'show', '-p', 'LoadState', '--value', CONTAINERD_UNIT)
  if (state === 'loaded') await isInstalled(host, ctr)
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
