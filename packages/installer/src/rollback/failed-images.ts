import { ENDING, type ImageRuntime, removeGoneImages } from '../backup/gone-images.ts'
import { edgeRuntime } from '../containerd/runtime.ts'
import { K3S_CTR } from '../k3s/places.ts'
import type { HostChanges } from '../state/host-changes.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import type { RollbackRequest } from './request.ts'

/** Images that only the release that is left brought go, with their pins, as far as no container needs them. */
export async function removeFailedImages(request: RollbackRequest, changes: HostChanges): Promise<void> {
  const { back } = request
  const kept = new Set(back.former.images)
  const gone = kept.size === 0 ? [] : (changes.receipt().images ?? []).filter((one) => !kept.has(one))
  const left = await removeGoneImages(request, changes, {
    ...(await runtimeOf(request)),
    gone,
    seconds: ENDING,
  })
  await changes.settle({ former: back.former, images: [...kept, ...left] })
}

async function runtimeOf({ host, directory, manifest, back }: RollbackRequest): Promise<ImageRuntime> {
  const settings = settingsOfReceipt(back.receipt)
  if (settings.role === 'cloud') return { ctr: K3S_CTR, shared: false }
  const { ctr, kind } = await edgeRuntime({ host, directory, manifest }, settings.containerd)
  return { ctr, shared: kind === 'existing' }
}
