import { setTimeout as sleep } from 'node:timers/promises'
import { counted, EdgeliftError, type Report, same, type Text } from '@edgelift/core'
import type { Ctr } from '../containerd/ctr.ts'
import { type Remaining, removeImages, unpin } from '../containerd/image-changes.ts'
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

/** Removes images and pins that no container needs. Returns those that one still needs, and those that would not go. */
export async function removeGoneImages(
  { host, report, signal }: { readonly host: Host; readonly report: Report; readonly signal: AbortSignal },
  changes: HostChanges,
  { ctr, shared, gone, seconds }: GoneImages,
): Promise<string[]> {
  const until = performance.now() + seconds * 1000
  if (gone.length === 0) return []
  let used = await imagesInUse(host, ctr, gone)
  while (used.size > 0 && performance.now() < until) {
    signal.throwIfAborted()
    await sleep(1000)
    used = await imagesInUse(host, ctr, gone)
  }
  const free = gone.filter((reference) => !used.has(reference))
  const recorded = changesOf(changes.receipt(), 'image').filter(({ reference }) => free.includes(reference))
  const remaining = new Map<string, unknown>()
  const attempt = (reference: string, part: Promise<void>) =>
    part.catch((error: unknown) => {
      signal.throwIfAborted()
      remaining.set(reference, error)
    })
  for (const { reference, was, pinned = false } of recorded) {
    if (was === 'unpinned') await attempt(reference, unpin(host, ctr, reference))
    if (was === 'other') await attempt(reference, putBackBefore(host, ctr, { reference, pinned }))
  }
  const ours = recorded.flatMap(({ reference, was }) => (was === 'absent' ? [reference] : []))
  for (const [name, error] of await removeImages(host, ctr, shared ? ours : free)) remaining.set(name, error)
  signal.throwIfAborted()
  for (const change of recorded) if (!remaining.has(change.reference)) await changes.of(FORMER).forget(change)
  const brought = recorded.flatMap(({ reference, was }) => (was === 'unpinned' ? [] : [reference]))
  const removed = (shared ? brought : free).filter((reference) => !remaining.has(reference))
  if (removed.length > 0) report({ type: 'note', level: 'info', text: removedText(removed) })
  if (used.size > 0) report({ type: 'note', level: 'warning', text: usedText([...used]) })
  reportRemaining(report, remaining)
  return [...used, ...free.filter((reference) => remaining.has(reference))]
}

/** Says which images containerd did not let go, and its words for the first. */
export function reportRemaining(report: Report, remaining: Remaining): void {
  const [error] = remaining.values()
  if (error !== undefined)
    report({ type: 'note', level: 'warning', text: remainingText([...remaining.keys()], error) })
}

/** Only changes are forgotten: nothing is recorded under this name. */
export const FORMER = { id: 'former', title: { en: 'former release', zh: '旧发布' } }

function removedText(references: readonly string[]): Text {
  return {
    en: `removed ${counted(references.length, 'image')} of the other release`,
    zh: `已移除另一发布的 ${references.length} 个镜像`,
  }
}

function remainingText(names: readonly string[], error: unknown): Text {
  const list = names.join(', ')
  const { en, zh } = (error instanceof EdgeliftError ? error.because : undefined) ?? same(String(error))
  return {
    en: `could not be removed, kept until install.sh runs again: ${list} (${en})`,
    zh: `未能移除，下次执行 install.sh 时重试：${list}（${zh}）`,
  }
}

function usedText(references: readonly string[]): Text {
  const list = references.join(', ')
  return {
    en: `still in use, kept until install.sh runs again: ${list}`,
    zh: `仍在使用，下次执行 install.sh 时再移除：${list}`,
  }
}
