import { EdgeliftError } from '@edgelift/core'
import { DEFAULT_TIMEOUTS, type Timeouts } from '../http/transport.ts'

/** Timeouts with which a test that meets every fault still takes a moment only. */
export const QUICK: Timeouts = {
  ...DEFAULT_TIMEOUTS,
  headers: 1_000,
  stall: 200,
  attempts: 5,
  patience: 5_000,
  backoff: 1,
  maxBackoff: 5,
}

/** The error that a promise ends with; fails when it does not, or when that is none for people. */
export async function failureOf(promise: Promise<unknown>): Promise<EdgeliftError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  )
  if (error instanceof EdgeliftError) return error
  throw error
}
