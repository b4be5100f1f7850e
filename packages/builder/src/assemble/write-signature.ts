import path from 'node:path'
import { type SecretKey, signHash, verifyHash } from '@edgelift/bundle'
import { readOwn, writeFileAtomic } from '@edgelift/core'
import type { ArchivePlan } from '../plan/archive-plan.ts'
import { commentOf, type SigningTime } from './signing.ts'

export interface Signing {
  readonly release: ArchivePlan['release']
  readonly key: SecretKey | undefined
  readonly signing: SigningTime | undefined
}

/**
 * Writes `<file>.minisig` over a file's BLAKE2b-512, where there is a key. One that holds already stays as it is, with its
 * time.
 */
export async function writeSignature(
  file: string,
  hash: Buffer,
  { release, key, signing }: Signing,
): Promise<void> {
  if (key === undefined || (await holds(`${file}.minisig`, hash, key))) return
  const seconds = signing?.fixed ?? signing?.now
  const comment = commentOf(path.basename(file), release, seconds)
  await writeFileAtomic(`${file}.minisig`, signHash(hash, key, comment))
}

async function holds(file: string, hash: Buffer, key: SecretKey): Promise<boolean> {
  const text = await textOf(file)
  try {
    return text !== undefined && verifyHash(hash, text, key, file) !== ''
  } catch {
    return false // of another file or key: signed again
  }
}

/** The text of a file beside an archive; undefined where there is none. */
export async function textOf(file: string): Promise<string | undefined> {
  return (await readOwn(file))?.toString('utf8')
}
