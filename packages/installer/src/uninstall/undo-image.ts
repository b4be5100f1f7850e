import { isInstalled } from '../containerd/ctr-client.ts'
import { removeImages, unpin } from '../containerd/image-changes.ts'
import { listImages } from '../containerd/image-list.ts'
import { forgetFormer, putBackBefore } from '../containerd/kept-images.ts'
import type { ChangeOf } from '../state/change.ts'
import { isContainerdThere } from './containerd-there.ts'
import { ctrAt } from './ctr-at.ts'
import type { Undoing } from './undoing.ts'

type ImageChange = ChangeOf<'image'>

/**
 * Removes images that were brought here, gives those that lost their names these back, and leaves those that were here to
 * the kubelet's garbage collection again. Each containerd is asked once what it has.
 * @throws the first problem, after all others have been taken back
 */
export async function undoImages(undoing: Undoing, changes: readonly ImageChange[]): Promise<void> {
  const problems: unknown[] = []
  for (const socket of new Set(changes.map((change) => change.socket))) {
    const there = changes.filter((change) => change.socket === socket)
    problems.push(...(await undoAt(undoing, socket, there)))
  }
  if (problems.length > 0) throw problems[0]
}

async function undoAt(
  undoing: Undoing,
  socket: string | undefined,
  changes: readonly ImageChange[],
): Promise<unknown[]> {
  const { host, manifest, signal } = undoing
  const ctr = await ctrAt(undoing, socket)
  const isThere = manifest.role === 'edge' ? isContainerdThere : isInstalled
  if (!(await isThere(host, ctr))) return []
  await forgetFormer(host, ctr, undefined)
  const listed = await listImages(host, ctr)
  const namesOf = (state: ImageChange['was']) =>
    changes.flatMap(({ was, reference }) => (was === state ? [reference] : []))
  await removeImages(host, ctr, namesOf('absent'), listed)
  for (const reference of namesOf('unpinned')) await unpin(host, ctr, reference)
  const problems: unknown[] = []
  for (const { was, reference, pinned = false } of changes) {
    if (was !== 'other') continue
    signal.throwIfAborted()
    await putBackBefore(host, ctr, { reference, pinned }, listed).catch((error) => problems.push(error))
  }
  return problems
}
