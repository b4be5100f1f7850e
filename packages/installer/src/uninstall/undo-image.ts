import { EdgeliftError, mustExec } from '@edgelift/core'
import { type Ctr, removeImages, unpin } from '../containerd/ctr.ts'
import type { Host } from '../node/host.ts'
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
  if (!(await responds(host, ctr))) return
  if (was === 'absent') await removeImages(host, ctr, [reference])
  else await unpin(host, ctr, reference)
}

/** False where containerd has been uninstalled, and its images with it. @throws when it only does not run */
async function responds(host: Host, [command, ...args]: Ctr): Promise<boolean> {
  try {
    await mustExec(host.exec, command, [...args, 'version'], { timeout: 20_000 })
    return true
  } catch (error) {
    if (error instanceof EdgeliftError && error.code === 'COMMAND_MISSING') return false
    throw error
  }
}
