import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import type { SecretKey } from '@edgelift/bundle'

const STATEMENT = 'application/vnd.in-toto+json' // in-toto attestation framework, "Envelope"
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex') // RFC 8410, section 7

/**
 * An in-toto statement in a DSSE envelope (secure-systems-lab/dsse, protocol.md and envelope.md), signed with Ed25519. The key
 * is the one that signs the archive; its id here is the SHA-256 of its SPKI form, in hexadecimal. The same statement and
 * key give the same envelope.
 */
export function envelopeFile(statement: string, key: SecretKey): string {
  const secret = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, key.seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(secret).export({ format: 'der', type: 'spki' })
  const payload = Buffer.from(statement)
  const envelope = {
    payloadType: STATEMENT,
    payload: payload.toString('base64'),
    signatures: [
      {
        keyid: createHash('sha256').update(spki).digest('hex'),
        sig: sign(null, preAuthEncoding(STATEMENT, payload), secret).toString('base64'),
      },
    ],
  }
  return `${JSON.stringify(envelope, null, 2)}\n`
}

/** What is signed in place of the payload: type and payload, each with its length in bytes. */
function preAuthEncoding(type: string, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload])
}
