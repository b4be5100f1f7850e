import { EdgeliftError } from '@edgelift/core'
import type { Ctr } from '../containerd/ctr.ts'
import { mustRespond } from '../containerd/ctr-client.ts'
import { CONTAINERD_UNIT } from '../containerd/files.ts'
import { type Host, hasNotRun } from '../node/host.ts'
import { unitProperty } from '../node/unit-property.ts'

/**
 * Whether an edge's containerd still holds what was brought to it. False where it has been uninstalled, and all that it held
 * with it, also when the archive's own ctr is there to ask. That a ctr is missing says nothing of containerd.
 * @throws COMMAND_FAILED, COMMAND_MISSING or COMMAND_UNUSABLE when containerd only does not run, or cannot be asked: what it
 * holds would be forgotten
 */
export async function isContainerdThere(host: Host, ctr: Ctr): Promise<boolean> {
  try {
    await mustRespond(host, ctr)
    return true
  } catch (error) {
    const isSilent = hasNotRun(error) || (error instanceof EdgeliftError && error.code === 'COMMAND_FAILED')
    if (!isSilent) throw error
    const state = await unitProperty(host, CONTAINERD_UNIT, 'LoadState')
    if (state === 'not-found') return false
    throw error
  }
}
