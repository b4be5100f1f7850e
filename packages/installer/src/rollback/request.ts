import type { BundleManifest } from '@edgelift/bundle'
import type { Report } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import type { Receipt } from '../state/receipt.ts'
import type { WayBack } from './way-back.ts'

export interface RollbackRequest {
  readonly host: Host
  /** The archive that is here now, of whichever of the two releases. */
  readonly directory: string
  readonly manifest: BundleManifest
  readonly back: WayBack
  /** As it is: it names both releases. */
  readonly receipt: Receipt
  readonly report: Report
  readonly signal: AbortSignal
}
