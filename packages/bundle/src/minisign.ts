import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from 'node:crypto'
import { fail } from './codes.ts'

/**
 * Signatures in minisign's format (its manual, "Signature format" and "Public key format"): Ed25519 over the
 * BLAKE2b-512 of the file (algorithm `ED`), and a second one over the first and the trusted comment. No
 * timestamps, so the same file and key give the same signature.
 */
export interface PublicKey {
  /** Eight bytes that tell which key was used. */
  readonly id: Buffer
  readonly raw: Buffer
}

export interface SecretKey extends PublicKey {
  readonly seed: Buffer
}

const SIGNATURE_ALGORITHM = 'Ed' // of a key
const PREHASHED = 'ED' // of a signature over a BLAKE2b-512 hash
const CHECKSUM_ALGORITHM = 'B2'
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex') // RFC 8410, section 7
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex') // RFC 8410, section 4

/** A new key pair from 32 random bytes (or from `seed`, for tests). */
export function newKey(seed: Buffer = randomBytes(32), id: Buffer = randomBytes(8)): SecretKey {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: 'der', type: 'pkcs8' })
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(SPKI_ED25519.length)
  return { id, seed, raw }
}

/** The text of a public key file. */
export function formatPublicKey(key: PublicKey): string {
  const line = Buffer.concat([Buffer.from(SIGNATURE_ALGORITHM), key.id, key.raw]).toString('base64')
  return `untrusted comment: minisign public key ${keyName(key)}\n${line}\n`
}

/** The text of a secret key file without a password (as `minisign -G -W` writes it). */
export function formatSecretKey(key: SecretKey): string {
  const secret = Buffer.concat([key.id, key.seed, key.raw])
  const line = Buffer.concat([
    Buffer.from(SIGNATURE_ALGORITHM),
    Buffer.alloc(2), // no key derivation: the key is not encrypted
    Buffer.from(CHECKSUM_ALGORITHM),
    Buffer.alloc(32 + 8 + 8), // salt and limits of the derivation that is not there
    secret,
    Buffer.alloc(32), // the checksum tells a wrong password; without one minisign writes zeros
  ])
  return `untrusted comment: minisign secret key ${keyName(key)}\n${line.toString('base64')}\n`
}

/** How minisign prints a key's id: the eight bytes as a little-endian number. */
export function keyName(key: Pick<PublicKey, 'id'>): string {
  return Buffer.from(key.id).reverse().toString('hex').toUpperCase()
}

/** @throws KEY_INVALID */
export function parsePublicKey(text: string, where: string): PublicKey {
  const bytes = keyBytes(text)
  if (bytes === undefined && keyLines(text).length > 1) throw severalKeys(where)
  if (!isPublicKey(bytes)) throw keyInvalid(where, 'public')
  return publicKeyOf(bytes)
}

/**
 * Several public keys in one file: `.pub` texts one after the other. At least one.
 * @throws KEY_INVALID
 */
export function parsePublicKeys(text: string, where: string): PublicKey[] {
  const isComment = (line: string): boolean => line === '' || /^(untrusted comment:|#)/.test(line)
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^\uFEFF/, '').trim())
  const keys = lines.flatMap((line, index) => {
    if (isComment(line)) return []
    const bytes = keyBytes(`untrusted comment:\n${line}\n`)
    if (!isPublicKey(bytes))
      throw keysInvalid(where, {
        en: `line ${index + 1} is not a minisign public key`,
        zh: `第 ${index + 1} 行不是 minisign 公钥`,
      })
    return [publicKeyOf(bytes)]
  })
  if (keys.length === 0) throw keysInvalid(where, { en: 'it holds no key', zh: '其中没有公钥' })
  return keys
}

function isPublicKey(bytes: Buffer | undefined): bytes is Buffer {
  return bytes?.length === 42 && bytes.toString('latin1', 0, 2) === SIGNATURE_ALGORITHM
}

function publicKeyOf(bytes: Buffer): PublicKey {
  return { id: bytes.subarray(2, 10), raw: bytes.subarray(10) }
}

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

/** @throws KEY_INVALID, also for a key that is protected by a password */
export function parseSecretKey(text: string, where: string): SecretKey {
  const bytes = keyBytes(text)
  if (bytes?.length !== 158 || bytes.toString('latin1', 0, 2) !== SIGNATURE_ALGORITHM)
    throw keyInvalid(where, 'secret')
  if (bytes.readUInt16LE(2) !== 0) throw keyLocked(where)
  const secret = bytes.subarray(54, 126)
  const key = newKey(secret.subarray(8, 40), secret.subarray(0, 8))
  if (!key.raw.equals(secret.subarray(40))) throw keyInvalid(where, 'secret')
  return key
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

function keyBytes(text: string): Buffer | undefined {
  const [line, ...more] = keyLines(text)
  const isKey = line !== undefined && more.length === 0 && /^[A-Za-z0-9+/]+=*$/.test(line)
  return isKey ? Buffer.from(line, 'base64') : undefined
}

/** Windows editors put a byte order mark at the beginning, which minisign itself takes as a part of the comment; trim removes it. */
function keyLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('untrusted comment:'))
}

function severalKeys(where: string): Error {
  return fail('KEY_INVALID', {
    what: { en: `${where} is not one minisign public key`, zh: `${where} 不是单个 minisign 公钥` },
    because: { en: 'it has more than one line beside its comments', zh: '除注释外不止一行' },
    fix: {
      en: 'give a file with the one key that must have signed the archive',
      zh: '请指定只含签名公钥的文件',
    },
  })
}

function keysInvalid(where: string, because: { en: string; zh: string }): Error {
  return fail('KEY_INVALID', {
    what: { en: `cannot read the public keys in ${where}`, zh: `无法读取 ${where} 中的公钥` },
    because,
    fix: {
      en: `write the trusted public keys there again, as their owner gives them (FILE.pub of edgelift keygen, one after the other)`,
      zh: '请重新写入受信任的公钥，内容以其所有者提供的为准（edgelift keygen 生成的 FILE.pub，可依次排列）',
    },
  })
}

function keyInvalid(where: string, kind: 'public' | 'secret'): Error {
  return fail('KEY_INVALID', {
    what:
      kind === 'public'
        ? { en: `${where} is not a minisign public key`, zh: `${where} 不是 minisign 公钥` }
        : { en: `${where} is not a minisign secret key`, zh: `${where} 不是 minisign 私钥` },
    fix: { en: 'make a pair with: edgelift keygen FILE', zh: '用 edgelift keygen FILE 生成一对密钥' },
  })
}

function keyLocked(where: string): Error {
  return fail('KEY_INVALID', {
    what: { en: `${where} is protected by a password`, zh: `${where} 受密码保护` },
    because: { en: 'a CI job cannot type one', zh: 'CI 任务无法输入密码' },
    fix: {
      en: 'use a key without a password (edgelift keygen, or minisign -C -W), kept as a CI secret',
      zh: '请使用无密码密钥（edgelift keygen 或 minisign -C -W），并作为 CI 机密保存',
    },
  })
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
