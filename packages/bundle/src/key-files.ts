import { isErrno, readNamedText } from '@edgelift/core'
import { type PublicKey, parsePublicKey, parseSecretKey, type SecretKey } from './minisign-key.ts'

/** The line of a public key, as `minisign -P` takes it. */
const KEY_ITSELF = /^RW[A-Za-z0-9+/]{54}$/

/**
 * A public key out of its file, or the key itself.
 * @throws KEY_INVALID
 */
export async function readPublicKey(file: string): Promise<PublicKey> {
  const text = await readNamedText(file, 'replaced').catch((error: unknown) => {
    if (KEY_ITSELF.test(file) && isErrno(error, 'ENOENT', 'ENOTDIR')) return file
    throw error
  })
  return parsePublicKey(text, file)
}

/** @throws KEY_INVALID, also for a key that is protected by a password */
export async function readSecretKey(file: string): Promise<SecretKey> {
  return parseSecretKey(await readNamedText(file, 'replaced'), file)
}
