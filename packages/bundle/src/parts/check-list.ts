import path from 'node:path'
import { EdgeliftError } from '@edgelift/core'
import { smallText } from '../beside.ts'
import { signingHash, verifyHash } from '../minisign.ts'
import type { PublicKey } from '../minisign-key.ts'

/**
 * Holds a list of parts against its own signature, where one lies beside it. The archive's signature says the same of the
 * whole; this one serves who has only `minisign` and `sha256sum`.
 */
export async function checkPartsList(
  list: string,
  publicKey: PublicKey | undefined,
): Promise<{
  readonly names: readonly string[]
  readonly unchecked: readonly string[]
  readonly problems: readonly EdgeliftError[]
}> {
  const [name, signed] = [path.basename(list), path.basename(`${list}.minisig`)]
  const signature = await smallText(`${list}.minisig`)
  if (signature === undefined) return { names: [name], unchecked: [], problems: [] }
  if (publicKey === undefined) return { names: [name], unchecked: [signed], problems: [] }
  const hash = signingHash()
    .update((await smallText(list)) ?? '')
    .digest()
  try {
    verifyHash(hash, signature, publicKey, `${list}.minisig`)
    return { names: [name, signed], unchecked: [], problems: [] }
  } catch (error) {
    if (!(error instanceof EdgeliftError)) throw error
    return { names: [name], unchecked: [], problems: [error] }
  }
}
