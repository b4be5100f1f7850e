import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  type ScryptOptions,
  scrypt,
  timingSafeEqual,
} from 'node:crypto'
import { byteReader } from '@edgelift/core'
import { fail } from '../problem/codes.ts'

/**
 * A stream that a passphrase seals: a line of text, then chunks of 64 KiB, each AES-256-GCM with a tag of 16 bytes
 * (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance",
 * 2015). The nonce is the chunk's number, and 1 in its last byte for the last chunk: none can be changed, left out,
 * moved or cut off unseen. The key is this file's alone: scrypt of the passphrase and 16 random bytes.
 * docs/en/backup-and-restore.md describes the format.
 */
const CHUNK = 64 * 1024
const TAG = 16
/** Of every version of the format. */
export const SEAL_NAME = 'edgelift-backup/'
export const SEAL_MARK = `${SEAL_NAME}v1 `
/** RFC 7914; 64 MiB for each guess (OWASP's equivalent of N = 2^17 and p = 1). */
const SCRYPT: ScryptOptions = { N: 2 ** 16, r: 8, p: 2, maxmem: 96 * 1024 * 1024 }
const PARAMETERS = 'scrypt,65536,8,2 aes-256-gcm,65536'
const HEADER = new RegExp(
  `^${SEAL_MARK}${PARAMETERS.replaceAll('.', '\\.')} ([A-Za-z0-9+/]{22}==) ([A-Za-z0-9+/]{22}==)\n$`,
)
const HEADER_BYTES = `${SEAL_MARK}${PARAMETERS} `.length + 24 + 1 + 24 + 1

/** Seals a stream of bytes. */
export async function* seal(plain: AsyncIterable<Uint8Array>, passphrase: string): AsyncGenerator<Buffer> {
  const salt = randomBytes(16)
  const { key, check } = await keyOf(passphrase, salt)
  const header = Buffer.from(
    `${SEAL_MARK}${PARAMETERS} ${salt.toString('base64')} ${check.toString('base64')}\n`,
  )
  yield header
  for await (const { bytes, number, isLast } of inPieces(plain, CHUNK)) {
    const cipher = createCipheriv('aes-256-gcm', key, nonceOf(number, isLast))
    cipher.setAAD(header)
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  }
}

/**
 * What was sealed. Each piece is checked before it is handed out; the whole is right when the iteration has ended.
 * @param file how an error names the stream
 * @throws PASSPHRASE_WRONG; BACKUP_DAMAGED when it was changed or cut off
 */
export async function* unseal(
  sealed: AsyncIterable<Buffer>,
  passphrase: string,
  file: string,
): AsyncGenerator<Buffer> {
  const reader = byteReader(sealed)
  const header = await reader.take(HEADER_BYTES)
  const [, salt, check] = HEADER.exec(header.toString('latin1')) ?? []
  if (salt === undefined || check === undefined) throw changed(file)
  const derived = await keyOf(passphrase, Buffer.from(salt, 'base64'))
  if (!timingSafeEqual(derived.check, Buffer.from(check, 'base64'))) throw wrong(file)
  for await (const { bytes, number, isLast } of inPieces(reader.pass(), CHUNK + TAG)) {
    if (bytes.length < TAG) throw changed(file)
    const decipher = createDecipheriv('aes-256-gcm', derived.key, nonceOf(number, isLast), {
      authTagLength: TAG,
    })
    decipher.setAAD(header)
    decipher.setAuthTag(bytes.subarray(-TAG))
    const plain = decipher.update(bytes.subarray(0, -TAG))
    try {
      decipher.final()
    } catch {
      throw changed(file)
    }
    yield plain
  }
}

interface Derived {
  readonly key: Buffer
  /** Tells a wrong passphrase from a damaged file, and nothing of the key. */
  readonly check: Buffer
}

function keyOf(passphrase: string, salt: Buffer): Promise<Derived> {
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, 48, SCRYPT, (error, bytes) => {
      if (error === null) resolve({ key: bytes.subarray(0, 32), check: bytes.subarray(32) })
      else reject(error)
    })
  })
}

function nonceOf(number: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(number, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

interface Piece {
  readonly bytes: Buffer
  readonly number: number
  readonly isLast: boolean
}

/** The bytes in pieces of one size; the last one may be shorter, and is empty only where it is the only one. */
async function* inPieces(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Piece> {
  let number = 0
  let held = Buffer.alloc(0)
  for await (const bytes of source) {
    held = held.length === 0 ? Buffer.from(bytes) : Buffer.concat([held, bytes])
    let at = 0
    for (; held.length - at > size; at += size) {
      yield { bytes: held.subarray(at, at + size), number, isLast: false }
      number += 1
    }
    held = held.subarray(at)
  }
  yield { bytes: held, number, isLast: true }
}

function changed(file: string): Error {
  return fail('BACKUP_DAMAGED', {
    what: { en: `${file} is damaged`, zh: `${file} 已损坏` },
    because: { en: 'it was changed or cut off after it was written', zh: '写入之后被修改或截断' },
    fix: { en: 'copy it here again, or use another backup', zh: '请重新复制，或使用其他备份' },
  })
}

function wrong(file: string): Error {
  return fail('PASSPHRASE_WRONG', {
    what: { en: `the passphrase does not open ${file}`, zh: `口令无法打开 ${file}` },
    because: { en: 'the backup was sealed with another passphrase', zh: '该备份使用了另一个口令' },
    fix: { en: 'use the passphrase that this backup was written with', zh: '请使用创建该备份时的口令' },
  })
}
