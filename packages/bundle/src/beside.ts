import path from 'node:path'
import { EdgeliftError, isErrno, openRegular } from '@edgelift/core'
import { fail } from './codes.ts'
import { verifyHash } from './minisign.ts'
import type { PublicKey } from './minisign-key.ts'

/** What lies beside an archive and speaks of it. */
export interface Beside {
  /** Of `<archive>.sha256`. */
  readonly sum: string | undefined
  /** Of `<archive>.minisig`. */
  readonly signature: string | undefined
}

/** Both files have a few hundred bytes. */
const LIMIT = 64 * 1024

/** @throws FILE_NOT_REGULAR, FILE_DAMAGED when one is larger than 64 KiB */
export async function readBeside(archive: string): Promise<Beside> {
  return { sum: await smallText(`${archive}.sha256`), signature: await smallText(`${archive}.minisig`) }
}

/** A small file's text; undefined where there is none. */
export async function smallText(file: string): Promise<string | undefined> {
  const handle = await openRegular(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const { size } = await handle.stat()
    if (size > LIMIT) throw damaged(file, { en: `it has ${size} bytes`, zh: `共 ${size} 字节` })
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

export interface BesideCheck {
  /** Files that agree. */
  readonly names: readonly string[]
  /** Files that are there and that nothing was held against: a signature without a key. */
  readonly unchecked: readonly string[]
  /** The trusted comment of the archive's signature. */
  readonly comment: string | undefined
  readonly problems: readonly EdgeliftError[]
}

/** Holds an archive against what lies beside it. */
export function checkBeside(
  archive: string,
  { sum, signature }: Beside,
  {
    publicKey,
    sha256,
    blake2b,
  }: { readonly publicKey?: PublicKey; readonly sha256: string; readonly blake2b: string | undefined },
): BesideCheck {
  const name = path.basename(archive)
  const names: string[] = []
  const unchecked: string[] = []
  const problems: EdgeliftError[] = []
  let comment: string | undefined
  if (sum !== undefined) {
    const problem = sumProblem(`${archive}.sha256`, sum, { name, sha256 })
    if (problem === undefined) names.push(`${name}.sha256`)
    else problems.push(problem)
  }
  if (signature !== undefined && publicKey === undefined) unchecked.push(`${name}.minisig`)
  if (signature !== undefined && publicKey !== undefined && blake2b !== undefined) {
    try {
      comment = verifyHash(Buffer.from(blake2b, 'hex'), signature, publicKey, `${archive}.minisig`)
      names.push(`${name}.minisig`)
    } catch (error) {
      if (!(error instanceof EdgeliftError)) throw error
      problems.push(error)
    }
  }
  return { names, unchecked, comment, problems }
}

/**
 * The hash and the name in one line that `sha256sum -c` takes (also of `--tag`, and with `./` before the name), as editors
 * and copies of Windows may leave it; undefined where the text is anything else.
 */
export function checksumLine(text: string): { readonly hex: string; readonly named: string } | undefined {
  const line = text.replace(/^\uFEFF/, '').replace(/\r?\n?$/, '')
  const { hex, named } = (PLAIN_LINE.exec(line) ?? TAGGED_LINE.exec(line))?.groups ?? {}
  if (hex === undefined || named === undefined) return undefined
  return { hex: hex.toLowerCase(), named: named.replace(/^(\.\/+)+/, '') }
}

const PLAIN_LINE = /^(?<hex>[0-9a-f]{64}) [ *](?<named>[^\r\n]+)$/i
const TAGGED_LINE = /^SHA256 \((?<named>[^\r\n]+)\) = (?<hex>[0-9a-f]{64})$/i

/** One line of `sha256sum`, for this archive; an archive that was renamed is told. */
function sumProblem(
  file: string,
  sum: string,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): EdgeliftError | undefined {
  const line = checksumLine(sum)
  if (line === undefined)
    return damaged(file, { en: 'it is not one line of sha256sum', zh: '不是 sha256sum 格式的一行' })
  const { hex, named } = line
  if (hex !== sha256)
    return damaged(file, {
      en: `expected ${hex}, got ${sha256} for ${name}`,
      zh: `${name}：期望 ${hex}，实际 ${sha256}`,
    })
  return named === name
    ? undefined
    : damaged(file, { en: `it names ${named}, not ${name}`, zh: `其中的文件名是 ${named}，而不是 ${name}` })
}

function damaged(file: string, because: { en: string; zh: string }): EdgeliftError {
  return fail('FILE_DAMAGED', {
    what: { en: `${file} does not match the archive`, zh: `${file} 与离线包不符` },
    because,
    fix: { en: 'copy both again, from the same build', zh: '请从同一次构建重新拷贝两者' },
  })
}
