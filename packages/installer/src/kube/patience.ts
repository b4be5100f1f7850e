import { EdgeliftError, type Exec, mustExec } from '@edgelift/core'
import { lookFor } from '../node/pauses.ts'

/** Seconds. A K3s that has lost its lease under load restarts, which takes a slow machine about as long. */
const RESTART = 30

/**
 * What an API server says that has only just started or is too busy to have filled its caches (k8s.io/apiserver
 * pkg/storage/errors.go, pkg/admission/initializer): nothing of the request was done.
 */
const STARTING = [
  'Too large resource version',
  'not yet ready to handle request',
  'the server is currently unable to handle the request',
]

/** Whether a command failed with one of these words. */
export function failedWith(error: unknown, words: readonly string[]): boolean {
  const said = error instanceof EdgeliftError ? (error.because?.en ?? '') : ''
  return words.some((one) => said.includes(one))
}

/**
 * What a program prints that asks the API. Where it fails since the API is only on its way, it is asked again for a while.
 * @param options.passing how the program itself says that it did not reach the API
 * @throws COMMAND_FAILED, COMMAND_MISSING, COMMAND_UNUSABLE
 */
export async function patiently(
  exec: Exec,
  command: string,
  args: readonly string[],
  { passing, ...options }: Parameters<Exec>[2] & { readonly passing: readonly string[] },
): Promise<string> {
  const words = [...passing, ...STARTING]
  let refusal: unknown
  const call = () =>
    mustExec(exec, command, args, options).catch((error: unknown) => {
      if (!failedWith(error, words)) throw error
      refusal = error
      return undefined
    })
  const printed = await lookFor(call, { seconds: RESTART })
  if (printed === undefined) throw refusal
  return printed
}
