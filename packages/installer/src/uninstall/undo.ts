import { mustExec } from '@edgelift/core'
import { removeEmpty } from '../node/copies.ts'
import { endUnit } from '../node/end-unit.ts'
import { onHost } from '../node/host.ts'
import { removeLink } from '../node/links.ts'
import { removeAdded } from '../node/trees.ts'
import { mustKnowActive, mustStop } from '../node/units.ts'
import type { Change, ChangeOf } from '../state/change.ts'
import { removed, restoreFile } from './restore-file.ts'
import { undoImages } from './undo-image.ts'
import { undoInCluster } from './undo-in-cluster.ts'
import { undoPods } from './undo-pods.ts'
import type { Undoing } from './undoing.ts'

/** Takes changes of one step back, the last one first, each by itself but images, which are taken back together. */
export function undosOf(undoing: Undoing, changes: readonly Change[]): (() => Promise<void>)[] {
  const undos: (() => Promise<void>)[] = []
  let images: ChangeOf<'image'>[] | undefined
  for (const change of changes.toReversed()) {
    if (change.kind !== 'image') {
      images = undefined
      undos.push(() => undoChange(undoing, change))
    } else if (images === undefined) {
      const together = [change]
      images = together
      undos.push(() => undoImages(undoing, together))
    } else images.push(change)
  }
  return undos
}

/** Milliseconds for a service of others to stop and start: systemd gives it 90 s for each as a rule. */
const RESTART = 240_000

/** Takes one change back; also one that was only half made, or taken back already. */
async function undoChange(undoing: Undoing, change: Change): Promise<void> {
  const { host, told } = undoing
  switch (change.kind) {
    case 'file':
      return restoreFile(undoing, change)
    case 'link':
      for (const to of [change.to, change.from])
        if (to !== undefined && (await removeLink(host, change.path, to))) told(removed(change.path))
      return
    case 'folder':
      if (await removeEmpty(onHost(host, change.path))) told(removed(change.path))
      return
    case 'tree':
      return removeAdded(host, change, undoing.kept, (place) => told(removed(place)))
    case 'unit':
      return endUnit(host, change.unit, change.programs)
    case 'started':
      return mustStop(host, [change.unit])
    case 'restart':
      if (await mustKnowActive(host, change.unit))
        await mustExec(host.exec, 'systemctl', ['restart', change.unit], { timeout: RESTART })
      return
    case 'pods':
      return undoPods(undoing, change)
    case 'image':
      return undoImages(undoing, [change])
    default:
      return undoInCluster(undoing, change)
  }
}
