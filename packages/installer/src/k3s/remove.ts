import { removeEmpty } from '../node/backup.ts'
import { type Host, onHost } from '../node/host.ts'
import { removeNamespaces, unmountBelow } from '../node/mounts.ts'
import { removeChains, removeLinks } from '../node/netfilter.ts'
import { endProcesses, removeDeadSockets, removePodSlices } from '../node/processes.ts'
import type { Ledger } from '../state/host-changes.ts'
import { K3S } from './files.ts'

export const K3S_DATA = '/var/lib/rancher/k3s'
/** Volumes that K3s' local-path provisioner made for applications: the operator's data. */
export const VOLUMES = 'storage'

/** Folders that K3s and the pods of this stack fill. */
export const K3S_TREES = [
  '/etc/rancher/k3s',
  '/etc/rancher/node',
  K3S_DATA,
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/lib/kubeedge',
  '/var/log/pods',
  '/var/log/containers',
  '/run/k3s',
  '/run/flannel',
  '/run/containerd/runc/k8s.io',
] as const
/** Folders that the shims of any containerd, and containerd itself, have their sockets in. */
const SOCKETS = ['/run/containerd/s', '/run/nri'] as const
/** Folders that K3s makes and others use as well. */
export const K3S_FOLDERS = [
  '/run/netns',
  '/run/containerd/runc',
  ...SOCKETS,
  '/usr/libexec/kubernetes/kubelet-plugins/volume/exec',
] as const

/**
 * Takes back what K3s and its pods made, once its unit has been stopped: processes, mounts, network, folders. Volumes of
 * applications stay where they are.
 */
export async function removeK3s(host: Host, ledger: Ledger): Promise<void> {
  const { before } = ledger.receipt()
  await endProcesses(host, {
    programs: [K3S, `${K3S_DATA}/data/`],
    socket: '/run/k3s/containerd/containerd.sock',
  })
  for (const folder of ['/run/k3s', '/var/lib/kubelet', K3S_DATA]) await unmountBelow(host, folder)
  for (const folder of SOCKETS) await removeDeadSockets(host, folder)
  await removeNamespaces(host, before.namespaces)
  await removeLinks(host, before.links)
  await removeChains(host, { kept: before.chains })
  await removePodSlices(host)
  await removeEmpty(onHost(host, `${K3S_DATA}/${VOLUMES}`))
  for (const tree of K3S_TREES.toReversed()) await ledger.clear(tree, tree === K3S_DATA ? [VOLUMES] : [])
}
