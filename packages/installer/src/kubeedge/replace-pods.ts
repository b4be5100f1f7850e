import type { Text } from '@edgelift/core'
import { gt, valid } from 'semver'
import type { Ctr } from '../containerd/ctr.ts'
import { CTR_SILENT, containersOfPod } from '../containerd/ctr-client.ts'
import { lookFor } from '../node/pauses.ts'
import { unitWords } from '../node/units.ts'
import { waitUntil } from '../node/wait.ts'
import { fail } from '../problem/codes.ts'
import { hasMarker, setMarker } from '../state/markers.ts'
import type { Run } from '../steps/run.ts'
import { daemonPods, otherTag } from './daemon-pods.ts'
import { EDGECORE_UNIT } from './edgecore-files.ts'
import { portsOf, replaceLostPods } from './lost-pods.ts'
import { deletePod, podsOfNode } from './meta-server.ts'
import { type DuePod, duePods, type EdgeView, edgeView } from './own-pods.ts'

interface Inputs {
  readonly nodeName: string
  readonly ctr: Ctr
  readonly hubPort: number
}

/** Seconds for pods to end and for new ones to start: containers get 30 to end by themselves. */
const DEADLINE = 180
/** Seconds for EdgeCore to connect to a cloud whose ports are open. */
const CONNECTING = 60
/** Milliseconds between two looks at the cloud's pods during a wait. */
const PAUSE = 5000

/** Whether nothing is left to replace on this edge; also while its cloud is away, which has to have it done. */
export async function areCurrent(run: Run, inputs: Inputs): Promise<boolean> {
  const view = await viewOf(run, inputs)
  return view === undefined || (await replaceable(run, view)).length === 0
}

/**
 * Has the pods of this edge replaced for which the cloud has a newer template: the cloud does not roll it out to an edge
 * that may lack the images, so the edge does once it has them (ADR 12).
 * @throws RELEASES_DIFFER when a pod cannot start with what this archive brings
 */
export async function replaceDuePods(run: Run, inputs: Inputs): Promise<void> {
  const { host } = run
  const view = await viewOnceConnected(run, inputs)
  if (view === undefined) return
  const pods = await replaceable(run, view)
  for (const { pod } of pods) await deletePod(host, pod)
  if (pods.length === 0) return
  await waitForNew(run, inputs, view, pods)
  // A cloud that is upgraded later replaces the pod itself: this edge has the images by then.
  for (const due of await replaceable(run, view)) await setMarker(host, markerOf(due))
}

/** To be called while a pod is waited for. @throws RELEASES_DIFFER */
export function refuseOtherRelease(run: Run, inputs: Inputs): () => Promise<void> {
  let asked = Number.NEGATIVE_INFINITY
  return async () => {
    if (performance.now() - asked < PAUSE) return
    asked = performance.now()
    const view = await viewOf(run, inputs)
    if (view === undefined) return
    // Images of others may come from a registry.
    const isOurs = (image: string) => otherTag(image, view.archive) !== undefined
    const unable = (await duePods(view)).find(({ runs, missing }) => !runs && missing.some(isOurs))
    if (unable !== undefined) throw releasesDiffer(unable, view.archive)
  }
}

function viewOf({ host, manifest }: Run, { nodeName, ctr, hubPort }: Inputs): Promise<EdgeView | undefined> {
  return edgeView({
    host,
    ctr,
    nodeName,
    hubPort,
    archive: manifest.images.map(({ reference }) => reference),
  })
}

/** An EdgeCore that has just started connects within seconds. */
function viewOnceConnected(run: Run, inputs: Inputs): Promise<EdgeView | undefined> {
  return lookFor(() => viewOf(run, inputs), { seconds: CONNECTING, signal: run.signal })
}

async function replaceable({ host }: Run, view: EdgeView): Promise<DuePod[]> {
  const found: DuePod[] = []
  for (const due of await duePods(view)) {
    if (due.missing.length > 0 || !due.runs) continue
    if (due.isSeen || !(await hasMarker(host, markerOf(due)))) found.push(due)
  }
  return found
}

/** Set when a pod came back as it was: the cloud does not want this archive's image yet. Void once it is seen to. */
function markerOf({ wanted }: DuePod): string {
  return `kept-pod/${wanted[0] ?? ''}`
}

function waitForNew(run: Run, { ctr, nodeName }: Inputs, view: EdgeView, old: readonly DuePod[]) {
  const { host } = run
  const replaceLost = replaceLostPods(portsOf(host, ctr, nodeName))
  return waitUntil({
    ...run,
    services: { host, units: [EDGECORE_UNIT] },
    id: 'new-pods',
    what: { en: 'new pods replace those of the former release', zh: '新 Pod 替换上一版本的 Pod' },
    deadline: DEADLINE,
    look: async () => {
      const list = await view.get(podsOfNode(nodeName))
      if (list === undefined) return { en: 'metaServer does not respond', zh: 'metaServer 无响应' }
      const now = daemonPods(list)
      await replaceLost()
      for (const { pod } of old) {
        if (now.some(({ uid }) => uid === pod.uid)) await deletePod(host, pod) // the first request may not have arrived
        const next = now.find(({ owner, uid }) => owner === pod.owner && uid !== pod.uid)
        const made = next === undefined ? [] : await containersOfPod(host, ctr, next.uid)
        if (made === undefined) return CTR_SILENT
        if (made.length < 2) return { en: `${pod.name} is being replaced`, zh: `正在替换 ${pod.name}` }
      }
      return true
    },
    words: unitWords(host, EDGECORE_UNIT),
    fix: {
      en: `on the cloud: kubectl get pods -A -o wide --field-selector spec.nodeName=${nodeName}`,
      zh: `在云端执行：kubectl get pods -A -o wide --field-selector spec.nodeName=${nodeName}`,
    },
  })
}

function releasesDiffer({ missing, pod }: DuePod, archive: readonly string[]): Error {
  const brought = missing.flatMap((image) => otherTag(image, archive) ?? [])
  const list = missing.join(', ')
  const isAhead = missing.some((image) => isNewer(otherTag(image, archive), image))
  const fix: Text = isAhead
    ? {
        en: "upgrade the cloud first, or use the edge archive of the cloud's release; then run ./install.sh again",
        zh: '请先升级云端，或使用与云端版本一致的边缘离线包；然后重新执行 ./install.sh',
      }
    : {
        en: "use the edge archive of the cloud's release: ./edgelift status on the cloud names it",
        zh: '请使用与云端版本一致的边缘离线包：在云端执行 ./edgelift status 可查看版本',
      }
  return fail('RELEASES_DIFFER', {
    what: {
      en: `pod ${pod.name} cannot start: the cloud wants ${list}, which this archive does not bring`,
      zh: `Pod ${pod.name} 无法启动：云端需要 ${list}，而本离线包中没有`,
    },
    because:
      brought.length === 0
        ? { en: 'the cloud runs another release', zh: '云端运行的是另一个版本' }
        : {
            en: `the cloud runs another release: this archive brings ${brought.join(', ')}`,
            zh: `云端运行的是另一个版本：本离线包提供 ${brought.join('、')}`,
          },
    fix,
  })
}

/** By the tags, where both are versions. */
function isNewer(image: string | undefined, than: string): boolean {
  const [a, b] = [image ?? '', than].map((reference) => valid(/:v?([^:/]+)$/.exec(reference)?.[1] ?? ''))
  return a != null && b != null && gt(a, b)
}
