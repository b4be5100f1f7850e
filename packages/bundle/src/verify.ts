import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { EdgeliftError, isErrno, openRegular } from '@edgelift/core'
import { type FoundFile, type ReadArchive, readArchive } from './archive-reader.ts'
import { packRecords } from './archive-writer.ts'
import { fail } from './codes.ts'
import { type PublicKey, signingHash, verifyHash } from './minisign.ts'
import { NO_GZIP, notABundle } from './not-a-bundle.ts'
import { PATHS } from './paths.ts'
import { checkRecords, type Verified, type VerifyOptions } from './records.ts'

const RECORDS = [PATHS.manifest, PATHS.sums, PATHS.signature] as const

/**
 * The whole audit of an archive, read once and not unpacked. Only what the writer makes of this manifest is accepted, to
 * the byte: contents by their digests, all other bytes (headers, order, gzip borders) by the digest that the manifest
 * holds of them, the end by writing it again. `<archive>.sha256` beside it is checked, and with a key `<archive>.minisig`.
 * @throws ARCHIVE_DAMAGED, FILE_NOT_REGULAR, MANIFEST_INVALID, SUMS_INVALID, SIGNATURE_*, NOT_A_BUNDLE when nothing more
 *   can be said
 */
export async function verifyArchive(file: string, options: VerifyOptions = {}): Promise<Verified> {
  await mustBeGzip(file)
  const beside = {
    sum: (await textBeside(`${file}.sha256`))?.split(/\s/, 1)[0],
    signature: options.publicKey === undefined ? undefined : await textBeside(`${file}.minisig`),
  }
  const blake2b = signingHash()
  const insideOf = (name: string): string => name.slice(name.indexOf('/') + 1)
  const read = await readArchive(file, {
    keep: (name) => RECORDS.some((record) => record === insideOf(name)),
    tailFrom: (name) => insideOf(name) === PATHS.manifest,
    hashes: beside.signature === undefined ? [] : [blake2b],
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
  const { top, found } = filesOf(read, file)
  const content = (name: string): Uint8Array | undefined => found.get(name)?.content
  const context = { where: path.basename(file), inDirectory: false, options }
  const result = checkRecords(found, content, context)
  const problems = [...result.problems]
  if (result.manifest.name !== top) problems.push(oddEntry(file, top))
  if (problems.length === 0 && !(await isAsWritten(read, result, { top, content })))
    problems.push(oddEntry(file, read.suspect ?? top))
  if (beside.sum !== undefined && beside.sum !== read.sha256)
    problems.push(besideDiffers(file, beside.sum, read.sha256))
  const { publicKey } = options
  if (beside.signature !== undefined && publicKey !== undefined)
    problems.push(...besideSignature(file, beside.signature, publicKey, blake2b.digest()))
  return {
    ...result,
    ...(beside.sum === undefined ? {} : { sha256: read.sha256 }),
    besideChecked: [
      ...(beside.sum === undefined ? [] : [`${path.basename(file)}.sha256`]),
      ...(beside.signature === undefined ? [] : [`${path.basename(file)}.minisig`]),
    ],
    problems,
  }
}

function filesOf(read: ReadArchive, file: string): { top: string; found: Map<string, FoundFile> } {
  const top = read.files[0]?.path.split('/', 1)[0] ?? ''
  const found = new Map<string, FoundFile>()
  for (const entry of read.files) {
    const inside = entry.path.startsWith(`${top}/`) ? entry.path.slice(top.length + 1) : undefined
    if (inside === undefined || found.has(inside)) throw oddEntry(file, entry.path)
    found.set(inside, entry)
  }
  return { top, found }
}

/** Whether every byte that is no file's content is as the writer puts it: before the manifest by digest, after it again. */
async function isAsWritten(
  { tail }: ReadArchive,
  { manifest }: Verified,
  { top, content }: { top: string; content: (name: string) => Uint8Array | undefined },
): Promise<boolean> {
  if (tail === undefined) return false
  const { size, sha256 } = manifest.packed
  if (tail.before.size !== size || tail.before.sha256 !== sha256) return false
  const records = RECORDS.flatMap((name): [string, Uint8Array][] => {
    const bytes = content(name)
    return bytes === undefined ? [] : [[name, bytes]]
  })
  return tail.bytes.equals(await packRecords(top, new Map(records)))
}

function besideSignature(file: string, text: string, key: PublicKey, hash: Buffer): EdgeliftError[] {
  try {
    verifyHash(hash, text, key, `${file}.minisig`)
    return []
  } catch (error) {
    if (error instanceof EdgeliftError) return [error]
    throw error
  }
}

async function mustBeGzip(file: string): Promise<void> {
  const handle = await openRegular(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw notABundle(file, error)
    throw error
  })
  try {
    const head = Buffer.alloc(2)
    await handle.read(head, 0, 2, 0)
    // RFC 1952, 2.3.1. One byte alone that is another is damage, and told as such.
    if (head[0] !== 0x1f && head[1] !== 0x8b) throw notABundle(file, undefined, NO_GZIP)
  } finally {
    await handle.close()
  }
}

async function textBeside(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
}

function oddEntry(file: string, name: string): EdgeliftError {
  return fail('ARCHIVE_DAMAGED', {
    what: { en: `${file}: damaged at ${name}`, zh: `${file}：在 ${name} 处损坏` },
    because: {
      en: 'an entry, its order, a header or a gzip border is not as edgelift wrote it',
      zh: '条目、顺序、文件头或 gzip 分段与 edgelift 写入的不一致',
    },
    fix: { en: 'copy the archive again; do not unpack this one', zh: '请重新拷贝离线包；不要解包当前文件' },
  })
}

function besideDiffers(file: string, expected: string, got: string): EdgeliftError {
  return fail('FILE_DAMAGED', {
    what: {
      en: `${file}: not what ${path.basename(file)}.sha256 says`,
      zh: `${file}：与 ${path.basename(file)}.sha256 不符`,
    },
    because: { en: `expected ${expected}, got ${got}`, zh: `期望 ${expected}，实际 ${got}` },
    fix: { en: 'copy both again, from the same build', zh: '请从同一次构建重新拷贝两者' },
  })
}
