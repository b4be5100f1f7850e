import { createWriteStream } from 'node:fs'
import { rename, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { CHUNK, isErrno, makeFolder, ownFolder, readRegular, temporaryBeside } from '@edgelift/core'
import { extract } from 'tar-stream'
import { hexOfIntegrity } from '../audit.ts'
import { fail } from '../codes.ts'
import type { BundleManifest } from '../manifest.ts'
import { archiveName } from '../parts/names.ts'
import { openArchive } from '../parts/open-archive.ts'
import { bytesOf } from '../parts/source.ts'
import { PATHS } from '../paths.ts'
import { readManifest } from '../read-manifest.ts'
import { isSafePath } from '../safe-path.ts'
import { blobsInTar, type Place } from './tar-blobs.ts'

/** Content that is on this machine already, by its SHA-256 in hexadecimal. Nothing of it is believed unchecked. */
export interface Base {
  readonly label: string
  find(hex: string): Promise<Place | undefined>
}

/**
 * An unpacked archive as a base: its files, and the blobs inside its image tarballs.
 * @throws DELTA_BASE_INVALID when it is none
 */
export async function directoryBase(directory: string): Promise<Base> {
  const manifest = await manifestOf(directory)
  const files = new Map(manifest.files.map((file) => [hexOfIntegrity(file.integrity), file]))
  let blobs: Promise<Map<string, Place>> | undefined
  return {
    label: directory,
    async find(hex) {
      const file = files.get(hex)
      if (file !== undefined) {
        const place = await placeOf(path.join(directory, file.path))
        if (place !== undefined) return place
      }
      blobs ??= blobsOf(directory, manifest)
      return (await blobs).get(hex)
    },
  }
}

/** containerd's content store as a base (`<root>/io.containerd.content.v1.content`): blobs under their digests. */
export function contentStoreBase(folder: string): Base {
  return { label: folder, find: (hex) => placeOf(path.join(folder, 'blobs/sha256', hex)) }
}

/**
 * An archive, or one that lies in parts, as a base: what a delta can need of it (everything but image layers it does not hold) is unpacked into
 * `scratch` once, and used from there by a later run.
 * @throws DELTA_BASE_INVALID when it is no archive, SPLIT_DAMAGED
 */
export async function archiveBase(file: string, scratch: string): Promise<Base> {
  const folder = path.join(scratch, path.basename(archiveName(file)).replace(/\.tar\.gz$/, ''))
  await ownFolder(scratch)
  if ((await placeOf(path.join(folder, PATHS.manifest))) === undefined) await unpack(file, folder)
  return { ...(await directoryBase(folder)), label: file }
}

/** Regular files only, whole or not at all; the manifest, which an archive holds last, marks the end. */
async function unpack(file: string, folder: string): Promise<void> {
  const entries = extract()
  await using source = await openArchive(file)
  const reading = pipeline(bytesOf(source), createGunzip({ chunkSize: CHUNK }), entries)
  reading.catch(() => {}) // the iteration below throws the same
  try {
    for await (const entry of entries) {
      const [, ...rest] = entry.header.name.split('/')
      const inside = rest.join('/')
      if (entry.header.type !== 'file' || !isSafePath(inside)) {
        entry.resume()
        continue
      }
      const target = path.join(folder, inside)
      const temporary = temporaryBeside(target)
      await makeFolder(path.dirname(target))
      await pipeline(entry, createWriteStream(temporary, { flags: 'wx', highWaterMark: CHUNK }))
      await rename(temporary, target)
    }
    await reading
  } catch (error) {
    const [wrongPart] = await source.problems()
    if (wrongPart !== undefined) throw wrongPart
    if (isErrno(error, 'ENOSPC', 'EDQUOT', 'EIO', 'EACCES', 'EROFS')) throw error
    throw notABase(file, (error as Error).message, error)
  }
}

async function blobsOf(directory: string, manifest: BundleManifest): Promise<Map<string, Place>> {
  const all = new Map<string, Place>()
  for (const image of manifest.images) {
    const file = path.join(directory, image.file)
    if ((await placeOf(file)) === undefined) continue
    for (const [hex, place] of await blobsInTar(file)) all.set(hex, place)
  }
  return all
}

async function manifestOf(directory: string): Promise<BundleManifest> {
  const file = path.join(directory, PATHS.manifest)
  try {
    return readManifest(await readRegular(file), file)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw notABase(directory, `${file}: no such file`, error)
    throw error
  }
}

async function placeOf(file: string): Promise<Place | undefined> {
  try {
    const found = await stat(file)
    return found.isFile() ? { file, offset: 0, size: found.size } : undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw error
  }
}

function notABase(where: string, because: string, cause: unknown): Error {
  return fail(
    'DELTA_BASE_INVALID',
    {
      what: { en: `cannot use ${where} as a base`, zh: `无法将 ${where} 用作基准` },
      because,
      fix: {
        en: 'give --base an archive of edgelift, or the directory that one was unpacked to',
        zh: '请用 --base 指定 edgelift 离线包，或其解包目录',
      },
    },
    { cause },
  )
}
