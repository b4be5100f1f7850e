import type { Host } from '../node/host.ts'
import type { Drift } from '../steps/step.ts'
import { type Ctr, imageNames, missingImages } from './ctr.ts'
import { serverVersion } from './ctr-client.ts'

/** Images that are gone, incomplete or not pinned; nothing while containerd does not respond. */
export async function imageDrift(host: Host, ctr: Ctr, references: readonly string[]): Promise<Drift[]> {
  if ((await serverVersion(host, ctr)) === undefined) return []
  const missing = await missingImages(host, ctr, references)
  if (missing.length === 0) return []
  const there = await imageNames(host, ctr)
  return missing.map((place) =>
    there.has(place)
      ? { kind: 'image', place, state: 'changed', fields: ['content or pin'] }
      : { kind: 'image', place, state: 'missing', fields: [] },
  )
}
