import { setTimeout as sleep } from 'node:timers/promises'
import { counted, type Report, type Text } from '@edgelift/core'
import type { Ctr } from '../containerd/ctr.ts'
import { removeImages, unpin } from '../containerd/image-changes.ts'
import { imagesInUse } from '../containerd/in-use.ts'
import { putBackBefore } from '../containerd/kept-images.ts'
import type { Host } from '../node/host.ts'
import type { HostChanges } from '../state/host-changes.ts'
import { changesOf } from '../state/receipt.ts'

/** Seconds in which pods of a release that is left end (Kubernetes' grace is 30). */
export const ENDING = 35

export interface ImageRuntime {
  readonly ctr: Ctr
  /** Others use this containerd, too: only what was recorded is ours. */
  readonly shared: boolean
}

export interface GoneImages extends ImageRuntime {
  /** References that no installed release has any more. */
  readonly gone: readonly string[]
  /** For which containers that need one of them are waited for to end. */
  readonly seconds: number
}

/** Removes images and pins that no container needs. Returns those that one still needs. */
export async function removeGoneImages(
  { host, report, signal }: { readonly host: Host; readonly report: Report; readonly signal: AbortSignal },
  changes: HostChanges,
  { ctr, shared, gone, seconds }: GoneImages,
): Promise<string[]> {
  const until = performance.now() + seconds * 1000
  let used = await imagesInUse(host, ctr, gone)
  while (used.size > 0 && performance.now() < until) {
    signal.throwIfAborted()
    await sleep(1000)
    used = await imagesInUse(host, ctr, gone)
  }
  const free = gone.filter((reference) => !used.has(reference))
  const recorded = changesOf(changes.receipt(), 'image').filter(({ reference }) => free.includes(reference))
  for (const { reference, was, pinned = false } of recorded) {
    if (was === 'unpinned') await unpin(host, ctr, reference)
    if (was === 'other') await putBackBefore(host, ctr, { reference, pinned })
  }
  const ours = recorded.flatMap(({ reference, was }) => (was === 'absent' ? [reference] : []))
  await removeImages(host, ctr, shared ? ours : free)
  for (const change of recorded) await changes.of(FORMER).forget(change)
  if (free.length > 0) report({ type: 'note', level: 'info', text: removedText(free) })
  if (used.size > 0) report({ type: 'note', level: 'warning', text: usedText([...used]) })
  return [...used]
}

/** Only changes are forgotten: nothing is recorded under this name. */
export const FORMER = { id: 'former', title: { en: 'former release', zh: '旧发布' } }

function removedText(references: readonly string[]): Text {
  return {
    en: `removed ${counted(references.length, 'image')} of the other release`,
    zh: `已移除另一发布的 ${references.length} 个镜像`,
  }
}

function usedText(references: readonly string[]): Text {
  const list = references.join(', ')
  return {
    en: `still in use, kept until install.sh runs again: ${list}`,
    zh: `仍在使用，下次执行 install.sh 时再移除：${list}`,
  }
}
