import type { Report } from '@edgelift/core'
import type { Store } from '@edgelift/oci'
import type { Lock } from '../lock/schema.ts'
import type { Network } from '../network.ts'
import type { ArchivePlan } from '../plan/archive-plan.ts'
import type { Release } from '../release/schema.ts'
import { fetchAll, refuseMissing } from './fetch-all.ts'
import { missingNeeds } from './needs.ts'
import { trackTransfers } from './progress.ts'
import { checkSpace } from './space.ts'

export interface FetchMissing {
  readonly release: Release
  readonly lock: Lock
  readonly store: Store
  /** Folder of the archives; it exists. */
  readonly out: string
  /** Called only when something is missing; undefined forbids it. */
  readonly network: ((report: Report) => Network) | undefined
  /** With it, each archive is written twice. */
  readonly split?: number
  /** Told once that fetching begins, when it does. */
  readonly begin: () => void
  readonly report: Report
  readonly signal: AbortSignal
}

/**
 * Brings what plans take from the store, and what it lacks, into it.
 * @returns the bytes that came over the network
 * @throws STORE_INCOMPLETE where there is no network, SPACE_LACKING, and what transfers throw
 */
export async function fetchMissing(plans: readonly ArchivePlan[], options: FetchMissing): Promise<number> {
  const { store, out, lock, network, begin, report, signal } = options
  const needs = await missingNeeds(plans, { lock, store })
  if (network === undefined) refuseMissing(needs)
  await checkSpace({ needs, plans, copies: options.split === undefined ? 1 : 2 }, { store, out })
  if (needs.length === 0 || network === undefined) return 0
  begin()
  const progress = trackTransfers(report)
  await using opened = network(progress.report)
  const subject = `${options.release.name} ${options.release.version}`
  await fetchAll(needs, { subject, store, network: opened, progress, signal })
  return progress.fetched()
}
