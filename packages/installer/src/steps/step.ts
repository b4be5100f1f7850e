import type { Text } from '@edgelift/core'

/**
 * One step of an installation. `check` looks at the node itself, never at the journal: whether all that `apply` would
 * do is so already. `apply` may be repeated after it was cut off anywhere. `undo` takes back what `apply` did, also
 * half of it, and is content when there is nothing to take back.
 */
export interface Step {
  readonly id: string
  readonly title: Text
  readonly check: () => Promise<boolean>
  readonly apply: () => Promise<void>
  readonly undo: () => Promise<void>
  /** Files of the host that are as `apply` lays them down: for a receipt that was lost. */
  readonly ours?: () => Promise<readonly string[]>
}
