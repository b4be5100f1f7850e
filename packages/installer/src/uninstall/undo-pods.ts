import type { Ctr } from '../containerd/ctr.ts'
import { containerInfo, mustListIds, removeContainer } from '../containerd/ctr-client.ts'
import { doAll } from '../node/do-all.ts'
import type { Host } from '../node/host.ts'
import { NAMESPACES, removeNamespace, removeNamespaces } from '../node/mounts.ts'
import { removeChains, removeLinks } from '../node/netfilter.ts'
import { endProcesses, removeDeadSockets, removePodSlices } from '../node/processes.ts'
import { fail } from '../problem/codes.ts'
import type { ChangeOf } from '../state/change.ts'
import { isContainerdThere } from './containerd-there.ts'
import { ctrAt } from './ctr-at.ts'
import type { Undoing } from './undoing.ts'

/** Ends pods and takes away their network. What was there before stays. */
export async function undoPods(undoing: Undoing, change: ChangeOf<'pods'>): Promise<void> {
  const { host, receipt } = undoing
  const { containers, namespaces, links, chains } = receipt.baseline
  const { socket, sharedNetwork, sockets = [], before = [] } = change
  const network = sharedNetwork === undefined ? {} : { network: sharedNetwork }
  const ownPods = [
    () => endProcesses(host, { programs: [], ...(socket === undefined ? {} : { socket }) }),
    ...sockets.map((folder) => () => removeDeadSockets(host, folder)),
    () => removeNamespaces(host, namespaces),
  ]
  const sharedPods = async () => {
    const ctr = await ctrAt(undoing, socket)
    if (await isContainerdThere(host, ctr)) await removePodContainers(host, ctr, [...containers, ...before])
  }
  await doAll(
    [
      ...(sharedNetwork === undefined ? ownPods : [sharedPods]),
      () => removeLinks(host, links),
      () => removeChains(host, { kept: chains, ...network }),
      () => removePodSlices(host),
    ],
    undoing.signal,
  )
}

/** Containers of pods that were not there before. Those that somebody else runs are in no pod. */
async function removePodContainers(host: Host, ctr: Ctr, before: readonly string[]): Promise<void> {
  const doomed = new Set<string>()
  for (const id of await mustListIds(host, ctr)) {
    if (before.includes(id)) continue
    const container = await containerInfo(host, ctr, id)
    if (container?.labels['io.kubernetes.pod.name'] === undefined) continue
    doomed.add(id)
    await removeContainer(host, ctr, id)
    const name = container.networkNamespace?.replace(/^\/var\/run\//, '/run/').replace(`${NAMESPACES}/`, '')
    if (name?.startsWith('cni-') === true) await removeNamespace(host, name)
  }
  if (doomed.size === 0) return
  const left = (await mustListIds(host, ctr)).filter((id) => doomed.has(id))
  if (left.length > 0) throw runOn(left)
}

function runOn(ids: readonly string[]): Error {
  const list = ids.map((id) => id.slice(0, 12)).join(', ')
  return fail('STEP_FAILED', {
    what: { en: `cannot remove containers: ${list}`, zh: `无法移除容器：${list}` },
    because: {
      en: 'containerd still lists them after it was asked to remove them',
      zh: '已请求 containerd 移除，但仍在其列表中',
    },
    fix: {
      en: 'see journalctl -u containerd; then run it again',
      zh: '请查看 journalctl -u containerd，然后重新运行',
    },
  })
}
