import type { PlatformName } from '@edgelift/bundle'
import type { Exec, Report } from '@edgelift/core'
import type { RegistryClient } from '@edgelift/oci'
import type { ItemRunner } from '../item-runner.ts'
import type { SourceContext } from '../sources/context.ts'
import type { Lock } from './schema.ts'

/** What locking works with. */
export interface LockContext extends SourceContext {
  readonly registry: RegistryClient
  readonly report: Report
  readonly exec: Exec
  /** Transfers at once. */
  readonly concurrency: number
  /** The lock that is replaced: what it knows is not fetched again, and what it pinned is compared. */
  readonly previous: Lock | undefined
  /** What this machine can run. Undefined where that is none of the platforms of archives. */
  readonly hostPlatform: PlatformName | undefined
}

/** What a phase of locking works with: what fails in one is known to the next. */
export interface PhaseContext extends LockContext {
  readonly items: ItemRunner
}
