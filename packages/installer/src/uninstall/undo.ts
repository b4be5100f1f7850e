import { removeEmpty } from '../node/copies.ts'
import { onHost } from '../node/host.ts'
import { removeLink } from '../node/links.ts'
import { endProcesses } from '../node/processes.ts'
import { removeAdded } from '../node/trees.ts'
import { isActive, stopUnit } from '../node/units.ts'
import type { Change } from '../state/change.ts'
import { removed, restoreFile } from './restore-file.ts'
import { undoImage } from './undo-image.ts'
import { undoInCluster } from './undo-in-cluster.ts'
import { undoPods } from './undo-pods.ts'
import type { Undoing } from './undoing.ts'

/** Takes one change back; also one that was only half made, or taken back already. */
export async function undoChange(undoing: Undoing, change: Change): Promise<void> {
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
      await stopUnit(host, change.unit)
      return endProcesses(host, { programs: change.programs })
    case 'started':
      await host.exec('systemctl', ['stop', change.unit])
      return
    case 'restart':
      if (await isActive(host, change.unit)) await host.exec('systemctl', ['restart', change.unit])
      return
    case 'pods':
      return undoPods(undoing, change)
    case 'image':
      return undoImage(undoing, change)
    default:
      return undoInCluster(undoing, change)
  }
}
