import type { Ctr } from '../containerd/ctr.ts'
import { isInstalled } from '../containerd/ctr-client.ts'
import { type Remaining, removeImages, unpin } from '../containerd/image-changes.ts'
import { mustListImages } from '../containerd/image-list.ts'
import { forgetFormer, putBackBefore } from '../containerd/kept-images.ts'
import { doAll } from '../node/do-all.ts'
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
  const sockets = [...new Set(changes.map((change) => change.socket))]
  const undoThere = (socket: string | undefined) => {
    const there = changes.filter((change) => change.socket === socket)
    return () => undoAt(undoing, socket, there)
  }
  await doAll(sockets.map(undoThere), undoing.signal)
}

async function undoAt(
  undoing: Undoing,
  socket: string | undefined,
  changes: readonly ImageChange[],
): Promise<void> {
  const { host, manifest, signal } = undoing
  const ctr = await ctrAt(undoing, socket)
  const isThere = manifest.role === 'edge' ? isContainerdThere : isInstalled
  if (!(await isThere(host, ctr))) return
  await doAll(
    [
      async () => mustBeGone(await forgetFormer(host, ctr, undefined)),
      () => undoNames(undoing, ctr, changes),
    ],
    signal,
  )
}

async function undoNames(
  { host, signal }: Undoing,
  ctr: Ctr,
  changes: readonly ImageChange[],
): Promise<void> {
  const listed = await mustListImages(host, ctr)
  const namesOf = (state: ImageChange['was']) =>
    changes.flatMap(({ was, reference }) => (was === state ? [reference] : []))
  const others = changes.filter(({ was }) => was === 'other')
  await doAll(
    [
      async () => mustBeGone(await removeImages(host, ctr, namesOf('absent'), listed)),
      ...namesOf('unpinned').map((reference) => () => unpin(host, ctr, reference)),
      ...others.map(
        ({ reference, pinned = false }) =>
          () =>
            putBackBefore(host, ctr, { reference, pinned }, listed),
      ),
    ],
    signal,
  )
}

/** @throws why the first of them is still there */
function mustBeGone(remaining: Remaining): void {
  const [problem] = remaining.values()
  if (problem !== undefined) throw problem
}
