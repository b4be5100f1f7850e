import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { lstat, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type BundleManifest, hexOfIntegrity } from '@edgelift/bundle'
import {
  CHUNK,
  type Digest,
  hashFile,
  isErrno,
  syncFolder,
  type Text,
  temporaryBeside,
  verifying,
  writeFileAtomic,
} from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import { type Host, onHost } from '../node/host.ts'
import type { Run } from './run.ts'
import { defineStep } from './step.ts'

/** A file of the archive that is copied to the host. */
export interface PackedFile {
  /** In the archive. */
  readonly from: string
  readonly to: string
  readonly mode: number
}

/** A file of the host whose content is generated. */
export interface GeneratedFile {
  readonly to: string
  readonly content: string
  readonly mode: number
}

/** A folder that programs fill. */
export interface TreeInputs {
  readonly path: string
  /** Names in it that a removal leaves. */
  readonly keep?: readonly string[]
}

export interface FilesInputs {
  readonly id: string
  readonly title: Text
  readonly packed: readonly PackedFile[]
  readonly generated: readonly GeneratedFile[]
  /** Folders that what is started later fills. */
  readonly trees?: readonly TreeInputs[]
  /** Folders that it creates beside others. */
  readonly folders?: readonly string[]
}

/** Copies files of the archive, writes generated ones, and records what was there before. */
export const files = defineStep<FilesInputs>({
  id: ({ id }) => id,
  title: ({ title }) => title,
  async check(run, { packed, generated }) {
    for (const { to, content, mode } of generated)
      if (!(await holds(run.host, to, shaOf(content), mode))) return false
    for (const file of packed)
      if (!(await holds(run.host, file.to, packedSha(run, file), file.mode))) return false
    return true
  },
  async apply(run, { packed, generated, trees = [], folders = [] }) {
    const { host, changes } = run
    for (const folder of folders) await changes.trackFolder(folder)
    for (const { path: tree, keep } of trees) await changes.trackTree(tree, keep)
    for (const file of packed) {
      if (await holds(host, file.to, packedSha(run, file), file.mode)) continue
      await writingTo(host, { file: file.to, size: entryOf(run, file).size }, async () => {
        await changes.backup(file.to)
        await copyFile(run, file)
      })
    }
    for (const { to, content, mode } of generated) {
      if (await holds(host, to, shaOf(content), mode)) continue
      await writingTo(host, { file: to, size: content.length }, async () => {
        await changes.backup(to)
        await writeFileAtomic(onHost(host, to), content, mode)
      })
    }
  },
})

type FileRun = Pick<Run, 'host' | 'manifest' | 'directory' | 'signal'>

/** Copies a file of the archive to the host, its digest checked on the way, whole or not at all. */
async function copyFile(run: FileRun, { from, to, mode }: PackedFile): Promise<void> {
  const target = onHost(run.host, to)
  const temporary = temporaryBeside(target)
  const expected = { digest: `sha256:${packedSha(run, { from, to, mode })}` as Digest }
  try {
    await pipeline(
      createReadStream(path.join(run.directory, from), { highWaterMark: CHUNK }),
      verifying(expected, from),
      createWriteStream(temporary, { flags: 'wx', mode, highWaterMark: CHUNK }),
      { signal: run.signal },
    )
    const handle = await open(temporary, 'r+')
    try {
      await handle.chmod(mode)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, target)
    await syncFolder(path.dirname(target))
  } finally {
    await rm(temporary, { force: true })
  }
}

function packedSha(run: FileRun, file: PackedFile): string {
  return hexOfIntegrity(entryOf(run, file).integrity)
}

function entryOf({ manifest }: FileRun, { from }: PackedFile): BundleManifest['files'][number] {
  const file = manifest.files.find((one) => one.path === from)
  if (file === undefined) throw new Error(`${from} is not in the archive`)
  return file
}

function shaOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

async function holds(host: Host, file: string, sha: string, mode: number): Promise<boolean> {
  try {
    const found = await lstat(onHost(host, file))
    if (!found.isFile() || (found.mode & 0o7777) !== mode) return false
    return (await hashFile(onHost(host, file))).sha256 === sha
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
