import path from 'node:path'
import { EdgeliftError, EXIT, isErrno } from '@edgelift/core'
import { type ReadArchive, readArchiveFrom } from './archive-reader.ts'
import { packRecords } from './archive-writer.ts'
import { checkBeside, readBeside } from './beside.ts'
import { fail } from './codes.ts'
import { checkDelta, deltaGiven, deltaName, recipeAmong } from './delta/check-delta.ts'
import { DELTA_PATHS } from './delta/schema.ts'
import { NO_GZIP, notABundle } from './not-a-bundle.ts'
import { checkPartsList } from './parts/check-list.ts'
import { archiveName, partsListAt } from './parts/names.ts'
import { openArchive } from './parts/open-archive.ts'
import type { ArchiveSource } from './parts/source.ts'
import { PATHS } from './paths.ts'
import { checkRecords, contentsOf, type Verified, type VerifyOptions } from './records.ts'
import type { FoundFile } from './tar-parser.ts'

const RECORDS = [PATHS.manifest, PATHS.sums, PATHS.signature] as const

/**
 * The whole audit of an archive, read once and not unpacked. Only what the writer makes of this manifest is accepted, to
 * the byte: contents by their digests, all other bytes (headers, order, gzip borders) by the digest that the manifest
 * holds of them, the end by writing it again. `<archive>.sha256` beside it is checked, and with a key `<archive>.minisig`.
 * That of a delta, where it is taken, is held against its recipe.
 * An archive that lies in parts is read as one, by the name of any of them, and its list is checked.
 * @throws ARCHIVE_DAMAGED, SPLIT_DAMAGED, FILE_NOT_REGULAR, MANIFEST_INVALID, SUMS_INVALID, SIGNATURE_*, NOT_A_BUNDLE when nothing more
 *   can be said; the file system's errors, which name the file
 */
export async function verifyArchive(where: string, options: VerifyOptions = {}): Promise<Verified> {
  await using source = await openToVerify(where)
  try {
    const file = archiveName(where)
    const verified = await verifySource(source, file, options)
    const list = await partsListAt(where)
    const whole = list === undefined ? verified : await withParts(verified, source, { list, options })
    return withSignedDelta(whole, file, options)
  } catch (error) {
    // What is wrong with a part says more than where in the whole its bytes are not those of an archive.
    if (!(error instanceof EdgeliftError && error.exit === EXIT.integrity)) throw error
    const [wrongPart] = await source.problems()
    throw wrongPart ?? error
  }
}

/** With what is said of the parts: by their list, and by a look at each. */
async function withParts(
  verified: Verified,
  source: ArchiveSource,
  { list, options }: { readonly list: string; readonly options: VerifyOptions },
): Promise<Verified> {
  const checked = await checkPartsList(list, options.publicKey)
  return {
    ...verified,
    besideChecked: [...checked.names, ...verified.besideChecked],
    besideUnchecked: [...checked.unchecked, ...verified.besideUnchecked],
    problems: [...(await source.problems()), ...checked.problems, ...verified.problems],
  }
}

/** The records' signature says nothing of a delta's launcher, which root runs: with a key, one of the delta itself has to be there. */
function withSignedDelta(verified: Verified, file: string, { publicKey }: VerifyOptions): Verified {
  const { delta, besideChecked, problems } = verified
  const isSigned = besideChecked.some((name) => name.endsWith('.minisig'))
  if (delta === undefined || publicKey === undefined || isSigned || problems.length > 0) return verified
  return { ...verified, problems: [unsignedDelta(file)] }
}

function unsignedDelta(file: string): EdgeliftError {
  return fail('SIGNATURE_MISSING', {
    what: { en: `${file}.minisig is missing`, zh: `缺少 ${file}.minisig` },
    because: {
      en: `the signature inside of a delta does not cover its ${PATHS.launcher} and ${DELTA_PATHS.recipe}`,
      zh: `增量包内的签名不涵盖其 ${PATHS.launcher} 和 ${DELTA_PATHS.recipe}`,
    },
    fix: {
      en: 'get the delta with its .minisig from whoever built it (build --sign --since), and put both into one folder',
      zh: '请向构建者索取增量包及其 .minisig（build --sign --since），并放在同一目录中',
    },
  })
}

async function verifySource(source: ArchiveSource, file: string, options: VerifyOptions): Promise<Verified> {
  const beside = await readBeside(file)
  const insideOf = (name: string): string => name.slice(name.indexOf('/') + 1)
  const kept: readonly string[] = options.keep ?? []
  const wanted = new Set<string>([...RECORDS, DELTA_PATHS.recipe, ...kept])
  const read = await readArchiveFrom(source, file, {
    keep: (name) => wanted.has(insideOf(name)),
    tailFrom: (name) => insideOf(name) === PATHS.manifest,
    blake2b: beside.signature !== undefined && options.publicKey !== undefined,
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
  const { top, found } = filesOf(read, file)
  const content = (name: string): Uint8Array | undefined => found.get(name)?.content
  const context = { where: path.basename(file), inDirectory: false, options }
  const recipe = recipeAmong(found, content, path.basename(file))
  if (recipe !== undefined && options.deltas !== true) throw deltaGiven(file, recipe)
  const result =
    recipe === undefined ? checkRecords(found, content, context) : checkDelta(recipe, found, content, context)
  const problems = [...result.problems]
  if (top !== (recipe === undefined ? result.manifest.name : deltaName(recipe)))
    problems.push(oddEntry(file, top))
  if (problems.length === 0 && recipe !== undefined) {
    // No record holds a digest of all of a delta's bytes: what can be told of its gzip members are their checksums.
    const odd = await wrongMember(source, file)
    if (odd !== undefined) problems.push(oddEntry(file, odd))
  } else if (problems.length === 0 && !(await isAsWritten(read, result, { top, content })))
    problems.push(oddEntry(file, (await wrongMember(source, file)) ?? top))
  const checked = checkBeside(file, beside, { ...options, ...read })
  const { signer } = result
  return {
    ...result,
    ...(beside.sum === undefined ? {} : { sha256: read.sha256 }),
    ...(signer === undefined || checked.comment === undefined
      ? {}
      : { signer: { ...signer, archiveComment: checked.comment } }),
    besideChecked: checked.names,
    besideUnchecked: checked.unchecked,
    contents: contentsOf(kept, content),
    problems: [...problems, ...checked.problems],
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

/** The file at whose place a gzip member is not as it was written. Read again: a sound archive is not slowed by its CRC-32. */
async function wrongMember(source: ArchiveSource, file: string): Promise<string | undefined> {
  const { suspect } = await readArchiveFrom(source, file, { keep: () => false, checksums: true })
  return suspect
}

async function openToVerify(where: string): Promise<ArchiveSource> {
  const source = await openArchive(where).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw notABundle(where, error)
    throw error
  })
  const head = await source.read(0, 2).catch(async (error: unknown) => {
    await source[Symbol.asyncDispose]()
    throw error
  })
  // RFC 1952, 2.3.1. One byte alone that is another is damage, and told as such.
  if (head[0] === 0x1f || head[1] === 0x8b) return source
  const [wrongPart] = await source.problems()
  await source[Symbol.asyncDispose]()
  if (wrongPart !== undefined) throw wrongPart
  const { sum, signature } = await readBeside(archiveName(where))
  throw sum === undefined && signature === undefined
    ? notABundle(where, undefined, NO_GZIP)
    : noBeginning(where)
}

/** For what a checksum or a signature beside it calls an archive: a copy of no bytes, for instance. */
function noBeginning(file: string): EdgeliftError {
  return fail('ARCHIVE_DAMAGED', {
    what: { en: `${file}: damaged at its beginning`, zh: `${file}：开头已损坏` },
    because: NO_GZIP,
    fix: { en: 'copy the archive again', zh: '请重新拷贝离线包' },
  })
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
