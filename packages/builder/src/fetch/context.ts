import type { Store } from '@edgelift/oci'
import type { Network } from '../network.ts'
import type { Progress } from './progress.ts'

/** What every transfer of a build shares. */
export interface FetchContext {
  /** How messages name the release. */
  readonly subject: string
  readonly store: Store
  readonly network: Network
  readonly progress: Progress
  readonly signal: AbortSignal
}
