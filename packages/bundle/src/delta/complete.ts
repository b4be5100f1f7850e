import { type FileHandle, lstat, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  CHUNK,
  type Digest,
  EdgeliftError,
  hashFile,
  isErrno,
  makeFolder,
  openRegular,
  ownFolder,
  type Report,
  readRegular,
  replaceFile,
  syncFolder,
  verifying,
  writeFileAtomic,
} from '@edgelift/core'
import { hexOfIntegrity } from '../audit.ts'
import { fail } from '../codes.ts'
import type { BundleFile, BundleManifest } from '../manifest.ts'
import type { PublicKey } from '../minisign-key.ts'
import { PATHS } from '../paths.ts'
import { readManifest } from '../read-manifest.ts'
import { verifyDirectory } from '../verify-directory.ts'
import type { Base } from './bases.ts'
import { checkRecipe } from './check-recipe.ts'
import { entryOf, findIn, locate } from './locate.ts'
import { removeStrays } from './remove-strays.ts'
import { DELTA_PATHS, type Delta, type DeltaFile, parseDelta } from './schema.ts'
import type { Place } from './tar-blobs.ts'

export interface CompleteOptions {
  /** The unpacked delta archive. */
  readonly delta: string
  readonly bases: readonly Base[]
  /** Folder in which the archive's directory appears. */
  readonly into: string
  /** With it, the completed directory's signature has to be there and to hold. */
  readonly publicKey?: PublicKey
  readonly report: Report
  readonly signal: AbortSignal
}

export interface Completed {
  readonly directory: string
  /** Bytes that came from bases, and from the delta. */
  readonly reused: number
  readonly carried: number
}

/** The suffix of a directory that is being completed; the next run goes on with it. */
const UNFINISHED = '.partial'

/**
 * Puts an archive's directory together, byte for byte as the full archive unpacks: from a delta, and from bases that
 * hold the older release's content. Files that are complete already, from an interrupted run, are kept. The directory
 * gets its name when the whole audit of it has passed.
 * @throws DELTA_INVALID, DELTA_BASE_MISSING (names what no base holds), DIGEST_MISMATCH, what verifyDirectory reports
 */
export async function completeDirectory(options: CompleteOptions): Promise<Completed> {
  const { delta: folder, into, report, signal } = options
  const { recipe, manifest } = await readChecked(folder)
  const packed = new Map(manifest.files.map((file) => [file.path, file]))
  const directory = path.join(into, recipe.name)
  await refuseCompleted(directory)
  const places = await locate(recipe, packed, options)
  const unfinished = `${directory}${UNFINISHED}`
  await ownFolder(unfinished)
  await removeStrays(unfinished, new Set(packed.keys()))
  const total = manifest.files.reduce((sum, file) => sum + file.size, 0)
  let done = 0
  for (const file of recipe.files) {
    signal.throwIfAborted()
    const entry = entryOf(file, packed)
    const target = path.join(unfinished, file.path)
    if (!(await isComplete(target, entry)))
      await assembleFromAny(file, entry, { target, places, folder, bases: options.bases })
    done += entry.size
    report({ type: 'transfer', id: 'complete', label: recipe.name, done, total })
  }
  for (const name of [PATHS.manifest, PATHS.sums, PATHS.signature]) await copyRecord(folder, unfinished, name)
  const { problems } = await verifyDirectory(unfinished, {
    ...(options.publicKey === undefined ? {} : { publicKey: options.publicKey }),
  })
  const [first] = problems
  if (first !== undefined) {
    // Every content was proved, so what is wrong lies in the records: nothing that a further run could go on with.
    await rm(unfinished, { recursive: true, force: true })
    throw first
  }
  await rename(unfinished, directory)
  await syncFolder(into)
  const carried = [...places.values()].filter((place) => isInside(place.file, folder)).reduce(sizes, 0)
  return { directory, carried, reused: total - carried }
}

/**
 * The directory that an earlier run has completed of this delta, whole and as it was packed: what is written of it (the archive)
 * needs no base again. Undefined where nothing has its name yet.
 * @throws DELTA_DONE where something else has; SIGNATURE_*
 */
export async function completedBefore({
  delta: folder,
  into,
  publicKey,
}: Pick<CompleteOptions, 'delta' | 'into' | 'publicKey'>): Promise<string | undefined> {
  const { recipe, manifest } = await readChecked(folder)
  const directory = path.join(into, recipe.name)
  if (!(await isThere(directory))) return undefined
  const options = publicKey === undefined ? {} : { publicKey }
  const found = await verifyDirectory(directory, options).catch((error: unknown) => {
    throw error instanceof EdgeliftError && NO_DIRECTORY.includes(error.code)
      ? alreadyThere(directory)
      : error
  })
  const isWhole = found.problems.length === 0 && found.edited.length === 0
  if (!isWhole || !isDeepStrictEqual(found.manifest, manifest)) throw alreadyThere(directory)
  return directory
}

/** What an audit says of a place that no archive was unpacked to. */
const NO_DIRECTORY: readonly string[] = ['NOT_A_BUNDLE', 'MANIFEST_INVALID', 'SUMS_INVALID', 'FILE_MISSING']

/**
 * To be called before a base is unpacked, too, which takes long.
 * @throws DELTA_DONE where something stands in the place of the directory that is to be completed
 */
export async function refuseCompleted(directory: string): Promise<void> {
  if (await isThere(directory)) throw alreadyThere(directory)
}

/**
 * All contents that a delta puts an archive together from and does not carry itself: their sizes, by SHA-256 in hexadecimal.
 * @param folder the unpacked delta
 * @throws DELTA_INVALID, MANIFEST_INVALID
 */
export async function wantedOfBases(folder: string): Promise<ReadonlyMap<string, number>> {
  const { recipe, manifest } = await readChecked(folder)
  const packed = new Map(manifest.files.map((file) => [file.path, file]))
  const wanted = new Map<string, number>()
  for (const file of recipe.files) {
    if (Array.isArray(file.source)) {
      for (const part of file.source) if ('blob' in part) wanted.set(part.blob, part.size)
    } else if (file.source === 'base') {
      const { integrity, size } = entryOf(file, packed)
      wanted.set(hexOfIntegrity(integrity), size)
    }
  }
  for (const hex of wanted.keys())
    if (await isThere(path.join(folder, DELTA_PATHS.blobs, hex))) wanted.delete(hex)
  return wanted
}

async function readChecked(
  folder: string,
): Promise<{ readonly recipe: Delta; readonly manifest: BundleManifest }> {
  const recipe = await readDelta(folder)
  const file = path.join(folder, PATHS.manifest)
  const manifest = readManifest(await readRegular(file), file)
  checkRecipe(recipe, manifest, path.join(folder, DELTA_PATHS.recipe))
  return { recipe, manifest }
}

/** @throws DELTA_INVALID also where the folder holds no delta */
export async function readDelta(folder: string): Promise<Delta> {
  const file = path.join(folder, DELTA_PATHS.recipe)
  const bytes = await readRegular(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw noDelta(folder)
    throw error
  })
  return parseDelta(bytes, file)
}

function noDelta(folder: string): Error {
  return fail('DELTA_INVALID', {
    what: { en: `${folder} is not an unpacked delta`, zh: `${folder} 不是解包后的增量包` },
    because: { en: `it has no ${DELTA_PATHS.recipe}`, zh: `其中没有 ${DELTA_PATHS.recipe}` },
    fix: {
      en: 'run it in the directory of an unpacked *.delta.tar.gz; a full archive needs no completing',
      zh: '请在 *.delta.tar.gz 解包后的目录中执行；完整的离线包无需补全',
    },
  })
}

interface Sources {
  readonly target: string
  readonly places: Map<string, Place>
  /** The unpacked delta. */
  readonly folder: string
  readonly bases: readonly Base[]
}

/** Writes a file; content that is damaged in one base, or is gone from it meanwhile, is taken from the next that has it. */
async function assembleFromAny(file: DeltaFile, entry: BundleFile, sources: Sources): Promise<void> {
  const { places, bases } = sources
  const unfit: Place[] = []
  for (;;) {
    const failed: { hex: string; place: Place }[] = []
    try {
      await assemble(file, entry, sources, (hex, place) => failed.push({ hex, place }))
      return
    } catch (error) {
      const [one] = failed
      if (one === undefined) throw error
      unfit.push(one.place)
      const other = await findIn(bases, one.hex, one.place.size, unfit)
      if (other === undefined) throw error
      places.set(one.hex, other)
    }
  }
}

/** @param onUnfit told the content whose place does not hold it */
async function assemble(
  file: DeltaFile,
  entry: BundleFile,
  { target, places, folder }: Sources,
  onUnfit: (hex: string, place: Place) => void,
): Promise<void> {
  const hex = hexOfIntegrity(entry.integrity)
  await makeFolder(path.dirname(target), 0o755)
  await replaceFile(target, Number.parseInt(entry.mode, 8), async (handle) => {
    const copy = (wanted: string, what: string): Promise<void> => {
      const place = placeOf(places, wanted)
      const isFromDelta = isInside(place.file, folder)
      const isUnfit = () => onUnfit(wanted, place)
      return copyContent(handle, { place, hex: wanted, what, isFromDelta, isUnfit })
    }
    if (!Array.isArray(file.source)) {
      await copy(hex, `${file.path} of ${folder}`)
      return
    }
    for (const part of file.source) {
      if ('bytes' in part) await handle.writeFile(Buffer.from(part.bytes, 'base64'))
      else await copy(part.blob, file.path)
    }
  })
  const found = await hashFile(target)
  if (found.sha256 === hex) return
  await rm(target, { force: true })
  throw fail('DELTA_INVALID', {
    what: { en: `${file.path} does not come out as its manifest says`, zh: `${file.path} 还原后与清单不符` },
    because: {
      en: `expected sha256 ${hex}, got ${found.sha256}`,
      zh: `期望 sha256 ${hex}，实际 ${found.sha256}`,
    },
    fix: { en: 'copy the delta archive again', zh: '请重新拷贝增量包' },
  })
}

interface Copying {
  readonly place: Place
  readonly hex: string
  readonly what: string
  readonly isFromDelta: boolean
  /** Called before an error of what is at the place; one of the disk that is written to is none. */
  readonly isUnfit: () => void
}

/** Appends content from its place, checked as it passes. */
async function copyContent(
  handle: FileHandle,
  { place, hex, what, isFromDelta, isUnfit }: Copying,
): Promise<void> {
  if (place.size === 0) return
  const opened = await openRegular(place.file).catch((error: unknown) => {
    isUnfit()
    throw error
  })
  const source = opened.createReadStream({
    start: place.offset,
    end: place.offset + place.size - 1,
    highWaterMark: CHUNK,
  })
  const check = verifying({ digest: `sha256:${hex}` as Digest, size: place.size }, `${place.file}: ${what}`)
  source.on('error', (error) => check.destroy(Object.assign(error, { path: place.file })))
  try {
    for await (const chunk of source.pipe(check)) await handle.writeFile(chunk as Buffer)
  } catch (error) {
    if (error instanceof EdgeliftError || (error as NodeJS.ErrnoException).path === place.file) isUnfit()
    throw error instanceof EdgeliftError ? withFix(error, isFromDelta) : error
  } finally {
    source.destroy()
  }
}

/** The error of content that is another one, with what helps: to read it again does not. */
function withFix({ code, exit, what, because }: EdgeliftError, isFromDelta: boolean): EdgeliftError {
  const fix = isFromDelta
    ? {
        en: 'copy the delta archive again and unpack it into an empty folder',
        zh: '请重新拷贝增量包，并解包到空目录',
      }
    : {
        en: 'the base is damaged, or changes meanwhile: give --base another copy of it',
        zh: '基准已损坏，或正在被修改：请用 --base 指定另一份完好的拷贝',
      }
  return new EdgeliftError(code, exit, { what, ...(because === undefined ? {} : { because }), fix })
}

async function isComplete(target: string, entry: BundleFile): Promise<boolean> {
  const found = await stat(target).catch(() => undefined)
  if (found?.isFile() !== true || found.size !== entry.size) return false
  if ((found.mode & 0o7777) !== Number.parseInt(entry.mode, 8)) return false
  return (await hashFile(target)).sha256 === hexOfIntegrity(entry.integrity)
}

async function copyRecord(from: string, to: string, name: string): Promise<void> {
  const source = path.join(from, name)
  if (await isThere(source)) await writeFileAtomic(path.join(to, name), await readRegular(source))
}

function placeOf(places: ReadonlyMap<string, Place>, hex: string): Place {
  const place = places.get(hex)
  if (place === undefined) throw new Error(`${hex} was not located`)
  return place
}

async function isThere(file: string): Promise<boolean> {
  return (await lstat(file).catch(() => undefined)) !== undefined
}

function isInside(file: string, folder: string): boolean {
  return path.resolve(file).startsWith(`${path.resolve(folder)}/`)
}

function sizes(sum: number, place: Place): number {
  return sum + place.size
}

function alreadyThere(directory: string): Error {
  return fail('DELTA_DONE', {
    what: { en: `${directory} exists already`, zh: `${directory} 已存在` },
    fix: {
      en: 'go on in it with sudo ./install.sh, or remove it and run complete again',
      zh: '请进入该目录执行 sudo ./install.sh；或删除后重新执行 complete',
    },
  })
}
