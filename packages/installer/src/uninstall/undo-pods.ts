import { z } from 'zod'
import type { Ctr } from '../containerd/ctr.ts'
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
    for (const id of await podContainers(host, ctr, containers)) await removeContainer(host, ctr, id)
  }
  await removeLinks(host, links)
  await removeChains(host, {
    kept: chains,
    ...(sharedNetwork === undefined ? {} : { network: sharedNetwork }),
  })
  await removePodSlices(host)
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
