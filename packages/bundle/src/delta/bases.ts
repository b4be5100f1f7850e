import { stat } from 'node:fs/promises'
import path from 'node:path'
import { isErrno, readRegular, type Text } from '@edgelift/core'
import { hexOfIntegrity } from '../audit.ts'
import { fail } from '../codes.ts'
import type { BundleManifest } from '../manifest.ts'
import { PATHS } from '../paths.ts'
import { readManifest } from '../read-manifest.ts'
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

/** A whole file; undefined where there is none. */
export async function placeOf(file: string): Promise<Place | undefined> {
  try {
    const found = await stat(file)
    return found.isFile() ? { file, offset: 0, size: found.size } : undefined
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return undefined
    throw error
  }
}

/** The error of what is no base. */
export function notABase(where: string, because: Text | string, cause?: unknown): Error {
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
