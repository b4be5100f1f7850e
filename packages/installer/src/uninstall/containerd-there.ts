import { EdgeliftError } from '@edgelift/core'
import type { Ctr } from '../containerd/ctr.ts'
import { isInstalled } from '../containerd/ctr-client.ts'
import { CONTAINERD_UNIT } from '../containerd/files.ts'
import { ask, type Host } from '../node/host.ts'

/**
 * Whether an edge's containerd still holds what was brought to it. False where it has been uninstalled, and all that it held
 * with it, also when the archive's own ctr is there to ask.
 * @throws COMMAND_FAILED with what ctr says, when containerd only does not run: what it holds would be forgotten
 */
export async function isContainerdThere(host: Host, ctr: Ctr): Promise<boolean> {
  try {
    return await isInstalled(host, ctr)
  } catch (error) {
    if (!(error instanceof EdgeliftError) || error.code !== 'COMMAND_FAILED') throw error
    const state = await ask(host, 'systemctl', 'show', '-p', 'LoadState', '--value', CONTAINERD_UNIT)
    if (state === 'not-found') return false
    throw error
  }
}
