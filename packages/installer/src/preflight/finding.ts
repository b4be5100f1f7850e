import type { Text } from '@edgelift/core'
import type { PreflightCode } from './codes.ts'

/** Something that preflight has seen: what, why it matters, and what to do. `error` keeps the installation out. */
export interface Finding {
  readonly code: PreflightCode
  readonly severity: 'error' | 'warning' | 'note'
  readonly seen: Text
  readonly matters: Text
  readonly fix: Text
}
