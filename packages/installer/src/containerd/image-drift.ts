import type { Host } from '../node/host.ts'
import type { Drift } from '../steps/step.ts'
import type { Ctr } from './ctr.ts'
import { findFaults, type WantedImage } from './image-list.ts'

/** Images that are gone, incomplete, not pinned, or of other content; nothing while containerd does not respond. */
export async function imageDrift(host: Host, ctr: Ctr, images: readonly WantedImage[]): Promise<Drift[]> {
  return [...((await findFaults(host, ctr, images)) ?? [])].map(([place, fault]) =>
    fault === 'absent'
      ? { kind: 'image', place, state: 'missing', fields: [] }
      : { kind: 'image', place, state: 'changed', fields: [fault === 'other' ? 'digest' : 'content or pin'] },
  )
}
