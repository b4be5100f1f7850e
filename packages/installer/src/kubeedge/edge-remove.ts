import { z } from 'zod'
import { NETWORK } from '../containerd/files.ts'
import type { Ctr } from '../containerd/images.ts'
import { ask, type Host } from '../node/host.ts'
import { removeNamespace, removeNamespaces, unmountBelow } from '../node/mounts.ts'
import { removeChains, removeLinks } from '../node/netfilter.ts'
import { endProcesses, removePodSlices } from '../node/processes.ts'
import { NAMESPACES } from '../state/baseline.ts'
import type { Ledger } from '../state/host-changes.ts'

/** Folders that EdgeCore and the pods of this stack fill. */
export const EDGECORE_TREES = [
  '/etc/kubeedge',
  '/var/lib/kubeedge',
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/log/kubeedge',
  '/var/log/pods',
  '/var/log/containers',
] as const
/** Folders that containerd fills, where it is of the archive. */
export const CONTAINERD_TREES = [
  '/var/lib/containerd',
  '/run/containerd',
  '/run/nri',
  '/opt/containerd',
] as const
/** Folders that they make and others use as well. */
export const EDGE_FOLDERS = ['/run/netns', '/usr/libexec/kubernetes/kubelet-plugins/volume/exec'] as const
const SOCKET = '/run/containerd/containerd.sock'

/** Takes back what EdgeCore and its pods made, once its unit has been stopped, on a host whose containerd is its own. */
export async function removePods(host: Host, ledger: Ledger, ctr: Ctr): Promise<void> {
  const { before } = ledger.receipt()
  for (const id of await podContainers(host, ctr, before.containers)) await removeContainer(host, ctr, id)
  await removeEdgeCore(host, ledger, NETWORK)
}

/** As {@link removePods}, where containerd is of the archive and has been stopped: with everything that it ran. */
export async function removeBundledPods(host: Host, ledger: Ledger): Promise<void> {
  await endProcesses(host, { programs: ['/usr/local/bin/containerd'], socket: SOCKET })
  await removeNamespaces(host, ledger.receipt().before.namespaces)
  await removeEdgeCore(host, ledger)
  for (const tree of CONTAINERD_TREES) {
    await unmountBelow(host, tree)
    await ledger.clear(tree)
  }
}

async function removeEdgeCore(host: Host, ledger: Ledger, network?: string): Promise<void> {
  const { before } = ledger.receipt()
  await unmountBelow(host, '/var/lib/kubelet')
  await removeLinks(host, before.links)
  await removeChains(host, { kept: before.chains, ...(network === undefined ? {} : { network }) })
  await removePodSlices(host)
  for (const tree of EDGECORE_TREES.toReversed()) await ledger.clear(tree)
}

const Container = z.object({
  Labels: z.record(z.string(), z.string()).nullish(),
  Spec: z.object({
    linux: z.object({
      namespaces: z.array(z.object({ type: z.string(), path: z.string().optional() })).optional(),
    }),
  }),
})

/** Containers of pods that were not there before. Those that somebody else runs are in no pod. */
async function podContainers(host: Host, ctr: Ctr, before: readonly string[]): Promise<string[]> {
  const ids = ((await ask(host, ...ctr, 'containers', 'ls', '-q')) ?? '').split('\n')
  const ours: string[] = []
  for (const id of ids.filter((one) => one !== '' && !before.includes(one))) {
    const labels = (await containerOf(host, ctr, id))?.Labels ?? {}
    if (labels['io.kubernetes.pod.name'] !== undefined) ours.push(id)
  }
  return ours
}

async function containerOf(host: Host, ctr: Ctr, id: string): Promise<z.infer<typeof Container> | undefined> {
  const text = await ask(host, ...ctr, 'containers', 'info', id)
  return text === undefined ? undefined : Container.parse(JSON.parse(text))
}

async function removeContainer(host: Host, ctr: Ctr, id: string): Promise<void> {
  const namespaces = (await containerOf(host, ctr, id))?.Spec.linux.namespaces ?? []
  await ask(host, ...ctr, 'tasks', 'kill', '-s', '9', '-a', id)
  await ask(host, ...ctr, 'tasks', 'rm', '-f', id)
  await ask(host, ...ctr, 'containers', 'rm', id)
  for (const { type, path } of namespaces) {
    const name = path?.replace(/^\/var\/run\//, '/run/').replace(`${NAMESPACES}/`, '')
    if (type === 'network' && name?.startsWith('cni-') === true) await removeNamespace(host, name)
  }
}
