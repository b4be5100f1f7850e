import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type BundleManifest, hexOfIntegrity } from '@edgelift/bundle'
import {
  CHUNK,
  contentMismatch,
  type Digest,
  fileStream,
  hashFile,
  namingFile,
  namingPath,
  syncFolder,
  temporaryBeside,
  verifying,
} from '@edgelift/core'
import { cloneFile, syncFile } from '../node/copies.ts'
import { onHost } from '../node/host.ts'
import type { Run } from './run.ts'

/** A file of the archive that is copied to the host. */
export interface PackedFile {
  /** In the archive. */
  readonly from: string
  readonly to: string
  readonly mode: number
}

type FileRun = Pick<Run, 'host' | 'manifest' | 'directory' | 'signal'>

/**
 * Copies a file of the archive to the host, whole or not at all: as a clone where the file system makes one, which writes
 * nothing, else byte by byte. Never as a hard link: who owns or damages the archive's file would own or damage this one.
 * @throws DIGEST_MISMATCH
 */
export async function layPackedFile(run: FileRun, file: PackedFile, clone = cloneFile): Promise<void> {
  const { from, to, mode } = file
  const source = path.join(run.directory, from)
  const target = onHost(run.host, to)
  const temporary = temporaryBeside(target)
  const expected = { digest: `sha256:${packedSha(run, file)}` as Digest }
  try {
    if (await clone(source, temporary)) {
      const { size, sha256 } = await hashFile(temporary)
      const mismatch = contentMismatch(expected, { size, digest: `sha256:${sha256}` }, from)
      if (mismatch !== null) throw mismatch
    } else
      await pipeline(
        fileStream(source),
        verifying(expected, from),
        createWriteStream(temporary, { flags: 'wx', mode, highWaterMark: CHUNK }),
        { signal: run.signal },
      ).catch(namingPath(target))
    await syncFile(temporary, mode)
    await rename(temporary, target).catch(namingFile(target, temporary))
    await syncFolder(path.dirname(target))
  } finally {
    await rm(temporary, { force: true })
  }
}

export function packedSha(run: FileRun, file: PackedFile): string {
  return hexOfIntegrity(entryOf(run, file).integrity)
}

export function entryOf({ manifest }: FileRun, { from }: PackedFile): BundleManifest['files'][number] {
  const file = manifest.files.find((one) => one.path === from)
  if (file === undefined) throw new Error(`${from} is not in the archive`)
  return file
}
