import type { Report } from '@edgelift/core'
import type { Facts } from '../node/facts.ts'
import type { FileContext } from './files.ts'

/** What every step of either role is made from. */
export interface StepContext extends FileContext {
  readonly facts: Facts
  readonly report: Report
}
