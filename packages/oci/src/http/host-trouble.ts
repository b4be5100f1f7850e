import { EdgeliftError, type Text } from '@edgelift/core'
import { RetryableError } from './retryable-error.ts'

/** The cause of an error when a mirror responded that it does not have the image: it may have the next one. */
export class OneOfSeveral extends Error {}

/**
 * Why a server cannot be used at all, in words that name no path of it: no connection, no trusted TLS, only errors.
 * Undefined for an error that concerns one image or file.
 */
export function hostTrouble(error: unknown): Text | undefined {
  if (!(error instanceof EdgeliftError) || error.cause instanceof OneOfSeveral) return undefined
  if (error.code === 'TLS_UNTRUSTED') return error.because ?? error.what
  if (error.cause instanceof RetryableError) return error.cause.text
  return hostTrouble(error.cause)
}
