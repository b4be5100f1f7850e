import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import type { Report } from '@edgelift/core'
import { K3S_DATA, VOLUMES } from '../k3s/places.ts'
import { BORROWED_PROGRAMS } from '../kube/access.ts'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { isThere, namesIn, removeEmpty } from '../node/copies.ts'
import { refuseReadOnly } from '../node/disk.ts'
import { doAll } from '../node/do-all.ts'
import { ask, type Host, onHost } from '../node/host.ts'
import { restoreKernelSettings } from '../node/kernel-settings.ts'
import { operatorMounts } from '../node/mounts.ts'
import { removeFolder } from '../node/trees.ts'
import { forgetUnitFiles } from '../node/units.ts'
import type { Change } from '../state/change.ts'
import { forgetFormerNode, keepFormerNode } from '../state/former-node.ts'
import { type HostChanges, openHostChanges } from '../state/host-changes.ts'
import { STATE_FOLDER } from '../state/journal.ts'
import { clearMarkers } from '../state/markers.ts'
import { changesOf, type Receipt, type StepRecord } from '../state/receipt.ts'
import { recorded } from '../steps/recorded.ts'
import { reportPhase } from '../steps/runner.ts'
import { checkCluster } from './cluster-check.ts'
import { undoTitle } from './titles.ts'
import { undosOf } from './undo.ts'
import type { Undoing } from './undoing.ts'

const LOGS = '/var/log/edgelift'

export interface UninstallRequest {
  readonly host: Host
  /** The archive that is here now, of whichever version. */
  readonly directory: string
  readonly manifest: BundleManifest
  readonly receipt: Receipt
  readonly report: Report
  readonly signal: AbortSignal
}

/** What is left to a person. */
export interface Left {
  /** The node object of an edge, which only the cloud can delete. */
  readonly nodeName?: string
  /** Volumes of applications. */
  readonly volumes?: string
}

/**
 * Replays the receipt backwards: every change of every step, the last one first, whatever of it is still there. What
 * was there before is put back or left alone. A change that cannot be taken back does not keep the others; the receipt
 * keeps it, so that running it again goes on.
 * @throws DISK_READ_ONLY before anything is touched; the first problem, after everything else has been taken back
 */
export async function uninstall(request: UninstallRequest): Promise<Left> {
  const { host, receipt, report, signal } = request
  const trees = changesOf(receipt, 'tree').map((tree) => tree.path)
  const undoing: Undoing = {
    ...request,
    kept: await operatorMounts(host, trees, receipt.baseline.mounts),
    told: (text) => report({ type: 'note', level: 'info', text }),
  }
  await refuseReadOnly(
    host,
    receipt.steps.flatMap(({ changes }) => changes.flatMap(pathsOf)),
  )
  await checkCluster({ ...undoing, told: (text) => report({ type: 'note', level: 'warning', text }) })
  const changes = await openHostChanges(host, receipt)
  const undos = receipt.steps.toReversed().map((step, index) => () => {
    reportPhase(report, { id: step.stepId, title: undoTitle(step) }, index, receipt.steps.length)
    return recorded(request, { action: 'cleanup', step: step.stepId }, () => undoStep(undoing, changes, step))
  })
  await doAll(undos, signal)
  await restoreKernelSettings(host, receipt.baseline.kernel)
  return finish(request, changes)
}

function pathsOf(change: Change): string[] {
  return 'path' in change ? [change.path] : []
}

async function undoStep(undoing: Undoing, changes: HostChanges, step: StepRecord): Promise<void> {
  await doAll(undosOf(undoing, step.changes), undoing.signal)
  await changes.forgetStep(step.stepId)
}

/** The receipt goes last, so that an uninstall that was cut off goes on when it is run again. */
async function finish({ host, receipt }: UninstallRequest, changes: HostChanges): Promise<Left> {
  const nodeName = receipt.role === 'edge' ? (receipt.node.name ?? (await hostname(host))) : undefined
  if (nodeName !== undefined) await keepFormerNode(host, { nodeName, cloud: receipt.node.cloud ?? '' })
  await rm(onHost(host, BORROWED_PROGRAMS), { recursive: true, force: true })
  await clearMarkers(host)
  await changes.close()
  await forgetUnitFiles(host)
  const volumes = await ownVolumes(host, receipt)
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(volumes === undefined ? {} : { volumes }),
  }
}

async function hostname(host: Host): Promise<string | undefined> {
  return (await ask(host, 'uname', '-n'))?.toLowerCase()
}

/** Below its data, where a K3s has what it cannot do without. Its disk may have been mounted there by the operator. */
const OF_ANY_K3S = ['server', 'agent', 'data'] as const

/**
 * Where volumes of applications are left. Those of an existing K3s, which lie in the same folder, are not this
 * installation's: that K3s has its other data beside them.
 */
async function ownVolumes(host: Host, receipt: Receipt | undefined): Promise<string | undefined> {
  const volumes = `${K3S_DATA}/${VOLUMES}`
  if (!(await isThere(onHost(host, volumes)))) return undefined
  if (receipt !== undefined && changesOf(receipt, 'tree').some(({ path: tree }) => tree === K3S_DATA))
    return volumes
  for (const folder of OF_ANY_K3S) {
    const names = (await namesIn(onHost(host, `${K3S_DATA}/${folder}`))) ?? []
    if (names.some((name) => name !== 'lost+found')) return undefined
  }
  return volumes
}

/** Whose leftovers are meant. */
interface Leaving {
  readonly host: Host
  /** Unpacked archives in which the PSK may lie. */
  readonly directories: readonly string[]
  /** Of the installation; undefined where there is none any more. */
  readonly receipt: Receipt | undefined
}

/** What an uninstall leaves and {@link purge} removes, as far as it is there: volumes of applications, logs, the journal, the PSK. */
export async function leftovers({ host, directories, receipt }: Leaving): Promise<string[]> {
  const volumes = await ownVolumes(host, receipt)
  const places = [...(volumes === undefined ? [] : [volumes]), LOGS, STATE_FOLDER]
  const found: string[] = []
  for (const place of places) if (await isThere(onHost(host, place))) found.push(place)
  for (const file of pskFiles(directories)) if (await isThere(file)) found.push(file)
  return found
}

/** Removes what an uninstall leaves: see {@link leftovers}. */
export async function purge({ host, directories, receipt }: Leaving): Promise<void> {
  await forgetFormerNode(host)
  const volumes = await ownVolumes(host, receipt)
  if (volumes !== undefined) await removeFolder(host, volumes)
  for (const place of [LOGS, STATE_FOLDER]) await removeFolder(host, place)
  for (const folder of [K3S_DATA, path.dirname(K3S_DATA)]) await removeEmpty(onHost(host, folder))
  for (const file of pskFiles(directories)) await rm(file, { force: true })
}

function pskFiles(directories: readonly string[]): string[] {
  return [...new Set(directories.map((directory) => path.join(directory, PSK_FILE)))]
}
