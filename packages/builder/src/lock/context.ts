import type { PlatformName } from '@edgelift/bundle'
import type { Exec, Report } from '@edgelift/core'
import type { RegistryClient, Store, Transport } from '@edgelift/oci'
import type { Lock } from './schema.ts'

/** What locking works with. */
export interface LockContext {
  readonly store: Store
  readonly registry: RegistryClient
  readonly transport: Transport
  /** Where a URL of the release is really asked for (`rewrites` of the configuration). */
  readonly locate: (url: string) => string
  readonly report: Report
  readonly exec: Exec
  /** Transfers at once. */
  readonly concurrency: number
  /** The lock that is replaced: what it knows is not fetched again, and what it pinned is compared. */
  readonly previous: Lock | undefined
  /** What this machine can run. Undefined where that is none of the platforms of archives. */
  readonly hostPlatform: PlatformName | undefined
}
