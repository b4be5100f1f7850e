import type { Host } from '../node/host.ts'
import { unknownDrift } from '../steps/drift.ts'
import type { Drift } from '../steps/step.ts'
import type { Ctr } from './ctr.ts'
import { type ImageFault, mustFindFaults, type WantedImage } from './image-list.ts'

/** Images that are gone, incomplete, not pinned, or of other content; unknown while containerd does not respond. */
export async function imageDrift(host: Host, ctr: Ctr, images: readonly WantedImage[]): Promise<Drift[]> {
  try {
    return [...(await mustFindFaults(host, ctr, images))].map(asDrift)
  } catch (error) {
    return [unknownDrift('image', 'images', error)]
  }
}

function asDrift([place, fault]: readonly [string, ImageFault]): Drift {
  return fault === 'absent'
    ? { kind: 'image', place, state: 'missing', fields: [] }
    : { kind: 'image', place, state: 'changed', fields: [fault === 'other' ? 'digest' : 'content or pin'] }
}
