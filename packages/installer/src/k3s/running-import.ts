import type { Ctr } from '../containerd/ctr.ts'
import { findFaults, type WantedImage } from '../containerd/image-list.ts'
import { lookFor } from '../node/pauses.ts'
import { startedAfter } from '../node/units.ts'
import type { Run } from '../steps/run.ts'
import { K3S_UNIT } from './files.ts'
import { imageFile } from './image-files.ts'

/** Seconds for a running K3s to notice a tarball: it leaves each alone for 2 s (K3s pkg/agent/containerd/watcher.go). */
const NOTICING = 30
/** Bytes that the slowest machines import in a second; an emulated one was seen at 7 MB. */
const PACE = 4_000_000

/**
 * Waits for images that a running K3s imports by itself: those whose tarballs were laid into its images directory after
 * its start. What lay there before is imported at its next start only.
 * @returns the images for which K3s has to be restarted
 */
export async function importedWhileRunning(
  run: Run,
  ctr: Ctr,
  images: readonly WantedImage[],
): Promise<readonly string[]> {
  const { host, manifest, report, signal } = run
  const references = images.map(({ reference }) => reference)
  let bytes = 0
  for (const reference of references) {
    const file = imageFile(manifest, reference)
    if (file === undefined || (await startedAfter(host, K3S_UNIT, [file.to]))) return references
    bytes += file.size
  }
  if (references.length === 0) return references
  const deadline = NOTICING + Math.ceil(bytes / PACE)
  const began = performance.now()
  const what = { en: `K3s to import ${references.join(', ')}`, zh: `K3s 导入 ${references.join('、')}` }
  let left: readonly string[] = references
  const look = async () => {
    const faults = await findFaults(host, ctr, images)
    left = faults === undefined ? left : [...faults.keys()] // silence is no image that is missing
    const seconds = Math.floor((performance.now() - began) / 1000)
    report({ type: 'wait', id: 'running-import', what, seconds, deadline })
    return left.length === 0 ? left : undefined
  }
  return (await lookFor(look, { seconds: deadline, signal })) ?? left
}
