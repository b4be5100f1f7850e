import { removeImages, unpin } from '../containerd/ctr.ts'
import { isInstalled } from '../containerd/ctr-client.ts'
import type { ChangeOf } from '../state/change.ts'
import { ctrAt } from './ctr-at.ts'
import type { Undoing } from './undoing.ts'

/** Removes an image that was brought here, or leaves one that was here to the kubelet's garbage collection again. */
export async function undoImage(
  undoing: Undoing,
  { reference, was, socket }: ChangeOf<'image'>,
): Promise<void> {
  const { host } = undoing
  const ctr = await ctrAt(undoing, socket)
  if (!(await isInstalled(host, ctr))) return
  if (was === 'absent') await removeImages(host, ctr, [reference])
  else await unpin(host, ctr, reference)
}
