import { rm } from 'node:fs/promises'
import path from 'node:path'
import type { BundleManifest } from '@edgelift/bundle'
import type { Report } from '@edgelift/core'
import { CONTAINERD_UNIT_FILE } from '../containerd/files.ts'
import { gatherFacts } from '../inspect/gather.ts'
import { lostReceipt, unitsOfOurs } from '../inspect/lost-receipt.ts'
import { planSteps, receiptOf } from '../install/install.ts'
import { K3S_DATA, VOLUMES } from '../k3s/remove.ts'
import { PSK_FILE } from '../kubeedge/psk.ts'
import { isThere, removeEmpty } from '../node/backup.ts'
import { ask, type Host, onHost } from '../node/host.ts'
import { parseAnswers } from '../settings/load.ts'
import { restoreSettings } from '../state/baseline.ts'
import { forgetFormerNode, keepFormerNode } from '../state/former-node.ts'
import { dryLedger, openLedger } from '../state/host-changes.ts'
import { STATE_FOLDER } from '../state/journal.ts'
import { clearMarks } from '../state/markers.ts'
import type { Receipt } from '../state/receipt.ts'
import { answersOfReceipt } from '../state/settings-of-receipt.ts'
import { undoSteps } from '../steps/runner.ts'
import type { Step } from '../steps/step.ts'

export interface CleanupRequest {
  readonly host: Host
  readonly directory: string
  readonly manifest: BundleManifest
  readonly receipt: Receipt
  readonly report: Report
  readonly signal: AbortSignal
}

/** What is left to a person after a cleanup. */
export interface Left {
  /** The node object of an edge, which only the cloud can delete. */
  readonly nodeName?: string
  /** Volumes of applications. */
  readonly volumes?: string
}

/**
 * Takes back what the receipt says, whatever of it is still there: services, containers, mounts, network, files and
 * folders, kernel settings. What was there before is put back or left alone. The receipt goes last, so that a cleanup
 * that was cut off goes on when it is run again.
 * @throws the first problem, after everything else has been taken back; the receipt then stays
 */
export async function cleanup(request: CleanupRequest): Promise<Left> {
  const { host, receipt, report } = request
  const { format: _format, claims: _claims, folders: _folders, trees: _trees, before, ...fresh } = receipt
  const ledger = await openLedger(host, fresh, {
    before: () => Promise.resolve(before),
    lost: receipt,
    told: (text) => report({ type: 'note', level: 'info', text }),
  })
  const problems = await undoSteps(await cleanupSteps(request, ledger), request)
  if (problems.length > 0) throw problems[0]
  await restoreSettings(host, before)
  const answers = answersOfReceipt(receipt)
  const nodeName = answers.role === 'edge' ? (answers.nodeName ?? (await hostname(host))) : undefined
  if (answers.role === 'edge' && nodeName !== undefined)
    await keepFormerNode(host, { nodeName, cloud: answers.cloud?.host ?? '' })
  await ledger.close()
  await clearMarks(host)
  await host.exec('systemctl', ['daemon-reload'])
  const volumes = `${K3S_DATA}/${VOLUMES}`
  return {
    ...(nodeName === undefined ? {} : { nodeName }),
    ...((await isThere(onHost(host, volumes))) ? { volumes } : {}),
  }
}

/**
 * What stands for the receipt of an installation whose own was deleted by hand.
 * @returns undefined where nothing is installed
 */
export async function receiptWithout(request: Omit<CleanupRequest, 'receipt'>): Promise<Receipt | undefined> {
  const { host, directory, manifest } = request
  const { role } = manifest
  const units = await unitsOfOurs(host, role)
  if (units.length === 0) return undefined
  const containerd = units.includes(CONTAINERD_UNIT_FILE.to) ? 'bundled' : 'existing'
  const said = { nodeIp: '127.0.0.1', ...(role === 'edge' ? { cloud: '127.0.0.1', containerd } : {}) }
  const install = { ...request, answers: parseAnswers(role, said), kubeEdgeOnly: undefined }
  const steps = await planSteps(install, await gatherFacts(host, directory), dryLedger)
  return lostReceipt(host, receiptOf(install), steps)
}

/** The steps to be taken back, also where what they were made from cannot be found out any more. */
export async function cleanupSteps(
  request: CleanupRequest,
  ledger: Parameters<typeof planSteps>[2],
): Promise<Step[]> {
  const { host, directory, receipt } = request
  const facts = await gatherFacts(host, directory)
  const answers = { nodeIp: '127.0.0.1', ...answersOfReceipt(receipt) }
  return planSteps({ ...request, answers, kubeEdgeOnly: receipt.kubeEdgeOnly }, facts, ledger)
}

async function hostname(host: Host): Promise<string | undefined> {
  return (await ask(host, 'uname', '-n'))?.toLowerCase()
}

/** Removes what a cleanup leaves: logs, journal, the PSK, volumes of applications. */
export async function purge({ host, directory }: Pick<CleanupRequest, 'host' | 'directory'>): Promise<void> {
  await forgetFormerNode(host)
  for (const place of [`${K3S_DATA}/${VOLUMES}`, '/var/log/edgelift', STATE_FOLDER]) {
    await rm(onHost(host, place), { recursive: true, force: true })
  }
  for (const folder of [K3S_DATA, path.dirname(K3S_DATA)]) await removeEmpty(onHost(host, folder))
  await rm(path.join(directory, PSK_FILE), { force: true })
}
