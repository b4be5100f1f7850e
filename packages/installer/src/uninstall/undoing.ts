import type { BundleManifest } from '@edgelift/bundle'
import type { Text } from '@edgelift/core'
import type { Host } from '../node/host.ts'
import type { Receipt } from '../state/receipt.ts'

/** What taking back a change needs besides the change itself. */
export interface Undoing {
  readonly host: Host
  /** The archive that is here now, of whichever version: it lends helm, kubectl and ctr. */
  readonly directory: string
  readonly manifest: BundleManifest
  readonly receipt: Receipt
  /** Mount points of the operator. */
  readonly kept: readonly string[]
  readonly signal: AbortSignal
  readonly told: (words: Text) => void
}
