import type { BundleManifest } from '@edgelift/bundle'
import type { Report } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import type { StepChanges } from '../state/host-changes.ts'

/** All that a step gets at run time. */
export interface Run {
  /** The machine: its files, its programs, its clock. */
  readonly host: Host
  /** The unpacked archive. */
  readonly directory: string
  readonly manifest: BundleManifest
  /** The receipt's page of this step. */
  readonly changes: StepChanges
  readonly report: Report
  readonly signal: AbortSignal
  /** The join token, which no plan holds. @throws ANSWER_NEEDED when none was given */
  readonly joinToken: () => Promise<string>
}
