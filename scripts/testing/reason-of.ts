import { EdgeliftError } from '@edgelift/core'

/** Why something failed, in one line for people. */
export function reasonOf(failure: Error): string {
  return failure instanceof EdgeliftError ? (failure.because?.en ?? failure.what.en) : failure.message
}
