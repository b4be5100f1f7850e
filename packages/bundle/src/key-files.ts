import { readNamedText } from '@edgelift/core'
import { type PublicKey, parsePublicKey, parseSecretKey, type SecretKey } from './minisign-key.ts'

/** @throws KEY_INVALID */
export async function readPublicKey(file: string): Promise<PublicKey> {
  return parsePublicKey(await readNamedText(file, 'replaced'), file)
}

/** @throws KEY_INVALID, also for a key that is protected by a password */
export async function readSecretKey(file: string): Promise<SecretKey> {
  return parseSecretKey(await readNamedText(file, 'replaced'), file)
}
