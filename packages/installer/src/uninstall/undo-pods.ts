import type { Ctr } from '../containerd/ctr.ts'
import { type Container, containerInfo, mustListIds, removeContainer } from '../containerd/ctr-client.ts'
import { doAll } from '../node/do-all.ts'
import { type Host, isOnHost } from '../node/host.ts'
import { NAMESPACES, removeNamespace, removeNamespaces } from '../node/mounts.ts'
import { linksOfOthers, removeChains, removeLinks } from '../node/netfilter.ts'
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
  const { socket, sharedNetwork, sockets = [], before = [], podsIn } = change
  const network = sharedNetwork === undefined ? {} : { network: sharedNetwork }
  const ownPods = [
    () => endProcesses(host, { programs: [], ...(socket === undefined ? {} : { socket }) }),
    ...sockets.map((folder) => () => removeDeadSockets(host, folder)),
    () => removeNamespaces(host, namespaces),
  ]
  // Until containerd has told whose pods it has, others' may be among them, and in the slices.
  let hasOthers = sharedNetwork !== undefined
  const sharedPods = async () => {
    const ctr = await ctrAt(undoing, socket)
    const isThere = await isContainerdThere(host, ctr)
    const { own, others } = isThere
      ? await podContainers(host, ctr, { before: [...containers, ...before], podsIn })
      : { own: [], others: [] }
    hasOthers = others.length > 0
    await removePodContainers(host, ctr, own)
  }
  await doAll(
    [
      ...(sharedNetwork === undefined ? ownPods : [sharedPods]),
      async () =>
        removeLinks(host, podsIn === undefined ? links : [...links, ...(await linksOfOthers(host))]),
      () => removeChains(host, { kept: chains, ...network }),
      async () => {
        if (!hasOthers) await removePodSlices(host)
      },
    ],
    undoing.signal,
  )
}

interface PodContainer extends Container {
  readonly id: string
}

/**
 * The containers of pods: those to be removed, and others'. Those of other programs are in no pod, or were there before;
 * where that is not known, their pods have no folder of EdgeCore's kubelet.
 */
async function podContainers(
  host: Host,
  ctr: Ctr,
  { before, podsIn }: { readonly before: readonly string[]; readonly podsIn: string | undefined },
): Promise<Record<'own' | 'others', readonly PodContainer[]>> {
  const own: PodContainer[] = []
  const others: PodContainer[] = []
  for (const id of await mustListIds(host, ctr)) {
    const container = await containerInfo(host, ctr, id)
    if (container?.labels['io.kubernetes.pod.name'] === undefined) continue
    const isOurs =
      !before.includes(id) && (podsIn === undefined || (await hasFolder(host, podsIn, container)))
    const list = isOurs ? own : others
    list.push({ id, ...container })
  }
  return { own, others }
}

async function hasFolder(host: Host, podsIn: string, { labels }: Container): Promise<boolean> {
  const uid = labels['io.kubernetes.pod.uid'] ?? ''
  return /^[\w-]+$/.test(uid) && isOnHost(host, `${podsIn}/${uid}`)
}

async function removePodContainers(host: Host, ctr: Ctr, doomed: readonly PodContainer[]): Promise<void> {
  for (const { id, networkNamespace } of doomed) {
    await removeContainer(host, ctr, id)
    const name = networkNamespace?.replace(/^\/var\/run\//, '/run/').replace(`${NAMESPACES}/`, '')
    if (name?.startsWith('cni-') === true) await removeNamespace(host, name)
  }
  if (doomed.length === 0) return
  const ids = doomed.map(({ id }) => id)
  const left = (await mustListIds(host, ctr)).filter((id) => ids.includes(id))
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
