import { createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import type { Text } from '@edgelift/core'
import { fail } from './codes.ts'
import { kindOfKey } from './foreign-key.ts'

/** A key of minisign (its manual, "Public key format"): Ed25519. */
export interface PublicKey {
  /** Eight bytes that tell which key was used. */
  readonly id: Buffer
  readonly raw: Buffer
}

export interface SecretKey extends PublicKey {
  readonly seed: Buffer
}

const SIGNATURE_ALGORITHM = 'Ed' // of a key
const CHECKSUM_ALGORITHM = 'B2'
/** What DER puts in front of the 32 bytes of a secret key. */
export const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex') // RFC 8410, section 7
/** And of a public key. */
export const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex') // RFC 8410, section 4

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
  if (bytes === undefined && keyLines(text).length > 1 && kindOfKey(text) === undefined)
    throw severalKeys(where)
  if (!isPublicKey(bytes)) throw keyInvalid(where, 'public', text)
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
    if (!isPublicKey(bytes)) throw keysInvalid(where, notAPublicKey(line, index + 1))
    return [publicKeyOf(bytes)]
  })
  if (keys.length === 0) throw keysInvalid(where, { en: 'it holds no key', zh: '其中没有公钥' })
  return keys
}

function notAPublicKey(line: string, number: number): Text {
  const kind = kindOfKey(line)
  const [en, zh] = kind === undefined ? ['', ''] : [`: it is ${kind.en}`, `，而是${kind.zh}`]
  return {
    en: `line ${number} is not a minisign public key${en}`,
    zh: `第 ${number} 行不是 minisign 公钥${zh}`,
  }
}

function isPublicKey(bytes: Buffer | undefined): bytes is Buffer {
  return bytes?.length === 42 && bytes.toString('latin1', 0, 2) === SIGNATURE_ALGORITHM
}

function publicKeyOf(bytes: Buffer): PublicKey {
  return { id: bytes.subarray(2, 10), raw: bytes.subarray(10) }
}

/** @throws KEY_INVALID, also for a key that is protected by a password */
export function parseSecretKey(text: string, where: string): SecretKey {
  const bytes = keyBytes(text)
  if (bytes?.length !== 158 || bytes.toString('latin1', 0, 2) !== SIGNATURE_ALGORITHM)
    throw keyInvalid(where, 'secret', text)
  if (bytes.readUInt16LE(2) !== 0) throw keyLocked(where)
  const secret = bytes.subarray(54, 126)
  const key = newKey(secret.subarray(8, 40), secret.subarray(0, 8))
  if (!key.raw.equals(secret.subarray(40))) throw keyInvalid(where, 'secret', text)
  return key
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

/** Who verifies has no use for a new pair: the key is the signer's. */
function keyInvalid(where: string, kind: 'public' | 'secret', text: string): Error {
  const bytes = keyBytes(text)
  const other = bytes?.length === 158 ? 'secret' : isPublicKey(bytes) ? 'public' : undefined
  const foreign = kindOfKey(text)
  const because =
    foreign === undefined ? {} : { because: { en: `it is ${foreign.en}`, zh: `这是${foreign.zh}` } }
  if (kind === 'public')
    return fail('KEY_INVALID', {
      what: { en: `${where} is not a minisign public key`, zh: `${where} 不是 minisign 公钥` },
      ...(other === 'secret' ? { because: { en: 'it is a secret key', zh: '这是私钥' } } : because),
      fix: {
        en: 'give the public key of whoever signed the archives: the FILE.pub that edgelift keygen wrote',
        zh: '请指定签名者的公钥，即 edgelift keygen 生成的 FILE.pub',
      },
    })
  return fail('KEY_INVALID', {
    what: { en: `${where} is not a minisign secret key`, zh: `${where} 不是 minisign 私钥` },
    ...(other === 'public' ? { because: { en: 'it is a public key', zh: '这是公钥' } } : because),
    fix: {
      en: 'give the secret key (the name without .pub), or create a pair with: edgelift keygen FILE',
      zh: '请指定私钥（不带 .pub 的文件），或用 edgelift keygen FILE 生成一对密钥',
    },
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
