import { isInstalled } from '../containerd/ctr-client.ts'
import { removeImages, unpin } from '../containerd/image-changes.ts'
import { forgetFormer, putBackBefore } from '../containerd/kept-images.ts'
import type { ChangeOf } from '../state/change.ts'
import { ctrAt } from './ctr-at.ts'
import type { Undoing } from './undoing.ts'

/** Removes an image that was brought here, or leaves one that was here to the kubelet's garbage collection again. */
export async function undoImage(
  undoing: Undoing,
  { reference, was, socket, pinned = false }: ChangeOf<'image'>,
): Promise<void> {
  const { host } = undoing
  const ctr = await ctrAt(undoing, socket)
  if (!(await isInstalled(host, ctr))) return
  await forgetFormer(host, ctr, undefined)
  if (was === 'absent') await removeImages(host, ctr, [reference])
  else if (was === 'other') await putBackBefore(host, ctr, { reference, pinned })
  else await unpin(host, ctr, reference)
}
