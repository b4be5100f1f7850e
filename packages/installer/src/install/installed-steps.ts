import { EdgeliftError } from '@edgelift/core'
import { planFacts } from '../inspect/inspection.ts'
import type { Place } from '../kube/access.ts'
import type { Facts } from '../node/facts.ts'
import type { Receipt } from '../state/receipt.ts'
import { settingsOfReceipt } from '../state/settings-of-receipt.ts'
import type { Step } from '../steps/step.ts'
import { planInstall } from './plan.ts'

/**
 * The steps that this node was installed by, for comparing it with them. Undefined where they cannot be known: another
 * archive was installed, its installation is incomplete, or a fact is gone that a setting followed from.
 */
export async function installedSteps(
  { host, directory, manifest }: Place,
  receipt: Receipt,
  facts: Facts,
): Promise<readonly Step[] | undefined> {
  if (receipt.completed === undefined || receipt.lock !== manifest.lock || receipt.role !== manifest.role)
    return undefined
  const settings = settingsOfReceipt(receipt)
  try {
    const { kubeEdgeOnly } = receipt
    const request = { host, directory, manifest, settings, kubeEdgeOnly, receipt }
    const found = await planFacts(request, facts)
    // Links and scripts hold the directory that was installed from.
    return planInstall(found, settings, { directory: receipt.directory, manifest }).steps
  } catch (error) {
    if (error instanceof EdgeliftError && ['ANSWER_NEEDED', 'ANSWER_INVALID'].includes(error.code))
      return undefined
    throw error
  }
}
