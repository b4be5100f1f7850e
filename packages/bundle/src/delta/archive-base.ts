import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import {
  byteReader,
  CHUNK,
  fileStream,
  isErrno,
  namingPath,
  ownFolder,
  TAR_BLOCK,
  tarPadding,
  temporaryBeside,
} from '@edgelift/core'
import { type ArchiveContent, contentsOfArchive } from '../archive-contents.ts'
import { fail } from '../codes.ts'
import { NO_GZIP } from '../not-a-bundle.ts'
import { openArchive } from '../parts/open-archive.ts'
import { PATHS } from '../paths.ts'
import { type Base, notABase, placeOf } from './bases.ts'
import { blobsInTar, type Place, tarBlob } from './tar-blobs.ts'

export interface ArchiveBaseOptions {
  /** Folder of its own, in which contents lie under their SHA-256. */
  readonly scratch: string
  /** What is wanted of it: sizes, by SHA-256 in hexadecimal. */
  readonly wanted: ReadonlyMap<string, number>
  readonly signal: AbortSignal
}

/**
 * An archive, or one that lies in parts, as a base: what is wanted of it is taken out into `scratch`, once; a later run goes on
 * with it. Nothing else is written, at no time more than is wanted and one file of a size that is: an archive may
 * unpack to any number of bytes. Reading ends where all has been found.
 * @throws DELTA_BASE_INVALID when it is no archive; ARCHIVE_DAMAGED, SPLIT_DAMAGED
 */
export async function archiveBase(file: string, options: ArchiveBaseOptions): Promise<Base> {
  const { scratch, wanted, signal } = options
  await ownFolder(scratch)
  const left = await leftOf(wanted, scratch)
  if (left.size > 0 || wanted.size === 0) await takeOut(file, { scratch, left, signal })
  const blobs = await blobsIn(scratch)
  return {
    label: file,
    find: async (hex) => (await placeOf(path.join(scratch, hex))) ?? blobs.get(hex),
  }
}

/** What an interrupted run has not found yet. */
async function leftOf(wanted: ReadonlyMap<string, number>, scratch: string): Promise<Map<string, number>> {
  const left = new Map(wanted)
  for (const name of await readdir(scratch))
    if (!wanted.has(name)) await rm(path.join(scratch, name), { recursive: true, force: true })
  const found = await blobsIn(scratch)
  for (const [hex, size] of wanted)
    if (((await placeOf(path.join(scratch, hex))) ?? found.get(hex))?.size === size) left.delete(hex)
  return left
}

/** Blobs of the image tarballs among the contents. */
async function blobsIn(scratch: string): Promise<Map<string, Place>> {
  const all = new Map<string, Place>()
  for (const name of await readdir(scratch))
    for (const [hex, place] of await blobsInTar(path.join(scratch, name))) all.set(hex, place)
  return all
}

interface Taking {
  readonly scratch: string
  /** What has not been found yet. */
  readonly left: Map<string, number>
}

async function takeOut(
  file: string,
  { signal, ...taking }: Taking & { readonly signal: AbortSignal },
): Promise<void> {
  const sizes = new Set(taking.left.values())
  let hasManifest = false
  await using source = await openArchive(file)
  try {
    for await (const content of contentsOfArchive(source, signal)) {
      if (content.path === PATHS.manifest) hasManifest = true
      if (sizes.has(content.size)) await takeFile(content, taking)
      else if (content.path.endsWith('.tar')) await takeBlobs(content.body, taking)
      if (taking.left.size === 0 && sizes.size > 0) return
    }
  } catch (error) {
    signal.throwIfAborted()
    const [wrongPart] = await source.problems()
    if (wrongPart !== undefined) throw wrongPart
    if (isErrno(error, 'ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EROFS')) throw error
    if ((error as Error).message === 'incorrect header check') throw notABase(file, NO_GZIP, error) // zlib's words
    throw damagedBase(file, error as Error)
  }
  if (!hasManifest)
    throw notABase(file, { en: `it holds no ${PATHS.manifest}`, zh: `其中没有 ${PATHS.manifest}` })
}

/** zlib and the tar's reader say the same in words of their own. */
function damagedBase(file: string, cause: Error): Error {
  const isCutOff = /unexpected end of (file|data)/i.test(cause.message)
  return fail(
    'ARCHIVE_DAMAGED',
    {
      what: { en: `${file} is damaged: it cannot be a base`, zh: `${file} 已损坏，无法用作基准` },
      because: isCutOff
        ? { en: 'it was cut off', zh: '文件不完整' }
        : { en: 'the bytes in it are not as they were packed', zh: '其中的内容与打包时不一致' },
      fix: {
        en: 'copy the archive again and compare it with its .sha256 file, or give --base another copy',
        zh: '请重新拷贝离线包并用其 .sha256 文件核对，或用 --base 指定另一份拷贝',
      },
    },
    { cause },
  )
}

/** Keeps a file that is wanted as a whole, else the blobs that are wanted of it. */
async function takeFile({ body }: ArchiveContent, { scratch, left }: Taking): Promise<void> {
  const { file, hex } = await written(body, scratch)
  try {
    if (left.delete(hex)) {
      await rename(file, path.join(scratch, hex))
      for (const [inside, { size }] of await blobsInTar(path.join(scratch, hex)))
        if (left.get(inside) === size) left.delete(inside)
      return
    }
    const tar = fileStream(file)
    try {
      await takeBlobs(tar, { scratch, left })
    } finally {
      tar.destroy()
    }
  } finally {
    await rm(file, { force: true })
  }
}

/** Of an image tarball; of anything else, nothing. */
async function takeBlobs(tar: AsyncIterable<Buffer>, { scratch, left }: Taking): Promise<void> {
  const reader = byteReader(tar)
  let extended: Buffer | undefined
  for (;;) {
    const header = tarBlob(await reader.take(TAR_BLOCK), extended)
    if (header === undefined) return
    const { hex, size, isExtended } = header
    extended = isExtended ? await reader.take(size) : undefined
    if (hex !== undefined && left.get(hex) === size) {
      const blob = await written(reader.pass(size), scratch)
      // One whose bytes are not those of its name is no longer of use.
      if (blob.hex === hex && left.delete(hex)) await rename(blob.file, path.join(scratch, hex))
      else await rm(blob.file)
    } else if (!isExtended) for await (const _ of reader.pass(size));
    await reader.take(tarPadding(size))
  }
}

/** Writes content to a temporary file, and says what its SHA-256 is. */
async function written(
  content: AsyncIterable<Buffer>,
  scratch: string,
): Promise<{ file: string; hex: string }> {
  const file = temporaryBeside(path.join(scratch, 'content'))
  const hash = createHash('sha256')
  try {
    await pipeline(
      content,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          yield chunk
        }
      },
      createWriteStream(file, { flags: 'wx', highWaterMark: CHUNK }),
    )
  } catch (error) {
    await rm(file, { force: true })
    return namingPath(scratch)(error)
  }
  return { file, hex: hash.digest('hex') }
}
