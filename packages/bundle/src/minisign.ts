import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { fail } from './codes.ts'
import { keyName, PKCS8_ED25519, type PublicKey, type SecretKey, SPKI_ED25519 } from './minisign-key.ts'

/**
 * Signatures in minisign's format (its manual, "Signature format"): Ed25519 over the BLAKE2b-512 of the file (algorithm
 * `ED`), and a second one over the first and the trusted comment. No timestamps, so the same file and key give the same
 * signature.
 */

const PREHASHED = 'ED' // of a signature over a BLAKE2b-512 hash

/** The id of the key that a `.minisig` text says it was made with; undefined where it is none. Nothing is verified. */
export function signatureKey(text: string): Buffer | undefined {
  const bytes = Buffer.from(text.split(/\r?\n/)[1] ?? '', 'base64')
  return bytes.length === 74 ? bytes.subarray(2, 10) : undefined
}

/** Key id and trusted comment that a `.minisig` text states; undefined where it is none. Nothing is verified. */
export function claimedSigner(text: string): { readonly key: string; readonly comment: string } | undefined {
  const id = signatureKey(text)
  const comment = /^trusted comment: (.*)$/.exec(text.split(/\r?\n/)[2] ?? '')?.[1]
  return id === undefined || comment === undefined ? undefined : { key: keyName({ id }), comment }
}

/** The BLAKE2b-512 that a signature is made over, to be fed with a file's bytes. */
export function signingHash(): ReturnType<typeof createHash> {
  return createHash('blake2b512')
}

/**
 * The text of a `.minisig` file.
 * @param hash of the file, from {@link signingHash}
 * @param comment one line, shown by `minisign -V`, covered by the signature
 */
export function signHash(hash: Buffer, key: SecretKey, comment: string): string {
  const secret = createPrivateKey({
    key: Buffer.concat([PKCS8_ED25519, key.seed]),
    format: 'der',
    type: 'pkcs8',
  })
  const signature = sign(null, hash, secret)
  const global = sign(null, Buffer.concat([signature, Buffer.from(comment)]), secret)
  return [
    `untrusted comment: signature from minisign secret key ${keyName(key)}`,
    Buffer.concat([Buffer.from(PREHASHED), key.id, signature]).toString('base64'),
    `trusted comment: ${comment}`,
    global.toString('base64'),
    '',
  ].join('\n')
}

/**
 * Checks a `.minisig` text against the hash of the file; returns the trusted comment.
 * @throws SIGNATURE_INVALID naming the reason: another key, another file, a changed comment, not a signature
 */
export function verifyHash(hash: Buffer, text: string, key: PublicKey, where: string): string {
  const [untrusted = '', line = '', trusted = '', globalLine = ''] = text.split(/\r?\n/)
  const bytes = fromBase64(line)
  const isSignature =
    untrusted.startsWith('untrusted comment: ') &&
    trusted.startsWith('trusted comment: ') &&
    bytes?.length === 74
  if (!isSignature) {
    throw signatureInvalid(where, { en: 'this is not a minisign signature', zh: '这不是 minisign 签名' })
  }
  if (bytes.toString('latin1', 0, 2) !== PREHASHED) {
    throw signatureInvalid(where, {
      en: 'the signature is of the old, not prehashed kind',
      zh: '签名为旧的非预哈希格式',
    })
  }
  if (!bytes.subarray(2, 10).equals(key.id)) {
    const other = keyName({ id: bytes.subarray(2, 10) })
    throw signatureInvalid(where, {
      en: `it was made with key ${other}, the public key given is ${keyName(key)}`,
      zh: `签名使用的密钥是 ${other}，而给出的公钥是 ${keyName(key)}`,
    })
  }
  const publicKey = createPublicKey({
    key: Buffer.concat([SPKI_ED25519, key.raw]),
    format: 'der',
    type: 'spki',
  })
  const signature = bytes.subarray(10)
  if (!verify(null, hash, publicKey, signature)) {
    throw signatureInvalid(where, {
      en: 'the file is not the one that was signed',
      zh: '文件不是被签名的文件',
    })
  }
  const comment = trusted.slice('trusted comment: '.length)
  const global = fromBase64(globalLine) ?? Buffer.alloc(0)
  if (!verify(null, Buffer.concat([signature, Buffer.from(comment)]), publicKey, global)) {
    throw signatureInvalid(where, { en: 'the trusted comment was changed', zh: '可信注释被修改' })
  }
  return comment
}

/** Whether a signature's text is, byte for byte, one that {@link signHash} writes: its first line is signed by nobody. */
export function isAsSigned(text: string, key: Pick<PublicKey, 'id'>): boolean {
  const [, line = '', trusted = '', global = ''] = text.split('\n')
  const again = (encoded: string) => Buffer.from(encoded, 'base64').toString('base64')
  const first = `untrusted comment: signature from minisign secret key ${keyName(key)}`
  return text === [first, again(line), trusted, again(global), ''].join('\n')
}

/** Undefined for anything but the one text that stands for these bytes: minisign refuses the rest, Node skips over it. */
function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

function signatureInvalid(where: string, because: { en: string; zh: string }): Error {
  return fail('SIGNATURE_INVALID', {
    what: { en: `${where}: the signature does not hold`, zh: `${where}：签名无效` },
    because,
    fix: {
      en: 'get the archive and the public key again from whoever published them, by separate ways',
      zh: '请通过不同途径从发布者处重新获取离线包和公钥',
    },
  })
}
