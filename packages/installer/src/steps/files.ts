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
  temporaryBeside,
  verifying,
  writeFileAtomic,
} from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import { type Host, onHost, readHostFile } from '../node/host.ts'
import type { Ledger } from '../state/host-changes.ts'
import type { Step } from './step.ts'

/** A file of the archive that is laid down on the host. */
export interface PackedFile {
  /** In the archive. */
  readonly from: string
  readonly to: string
  readonly mode: number
}

/** A file of the host whose content is made here. */
export interface GeneratedFile {
  readonly to: string
  readonly content: string
  readonly mode: number
}

export interface FileContext {
  readonly host: Host
  readonly ledger: Ledger
  readonly manifest: BundleManifest
  /** The unpacked archive. */
  readonly directory: string
  readonly signal: AbortSignal
}

/** A step that lays down and writes files, and gives back on undo what was there before. */
export function filesStep(
  context: FileContext,
  step: Pick<Step, 'id' | 'title'> & {
    readonly laid?: readonly PackedFile[]
    readonly written?: readonly GeneratedFile[]
    /** Folders that are filled by what is started later. */
    readonly trees?: readonly string[]
    readonly folders?: readonly string[]
  },
): Step {
  const { laid = [], written = [], trees = [], folders = [] } = step
  const targets = [...laid, ...written].map((file) => file.to)
  return {
    id: step.id,
    title: step.title,
    async check() {
      for (const file of written)
        if (!(await holds(context, file.to, shaOf(file.content), file.mode))) return false
      for (const file of laid)
        if (!(await holds(context, file.to, packedSha(context, file), file.mode))) return false
      return true
    },
    async apply() {
      const { host, ledger } = context
      for (const tree of trees) await ledger.own(tree)
      for (const folder of folders) await ledger.folder(folder)
      for (const file of laid) {
        if (await holds(context, file.to, packedSha(context, file), file.mode)) continue
        await writingTo(host, { file: file.to, size: packedFile(context, file).size }, async () => {
          await ledger.claim(file.to)
          await layFile(context, file)
        })
      }
      for (const file of written) {
        if (await holds(context, file.to, shaOf(file.content), file.mode)) continue
        await writingTo(host, { file: file.to, size: file.content.length }, async () => {
          await ledger.claim(file.to)
          await writeFileAtomic(onHost(host, file.to), file.content, file.mode)
        })
      }
    },
    async ours() {
      const found: string[] = []
      for (const file of laid)
        if (await holds(context, file.to, packedSha(context, file), file.mode)) found.push(file.to)
      for (const { to, content } of written) {
        const text = await readHostFile(context.host, to)
        if (text === content || text?.includes('edgelift') === true) found.push(to)
      }
      return found
    },
    async undo() {
      for (const target of targets.toReversed()) await context.ledger.release(target)
    },
  }
}

/** Copies a file of the archive onto the host, its digest checked on the way, whole or not at all. */
async function layFile(context: FileContext, { from, to, mode }: PackedFile): Promise<void> {
  const target = onHost(context.host, to)
  const temporary = temporaryBeside(target)
  const expected = { digest: `sha256:${packedSha(context, { from, to, mode })}` as Digest }
  try {
    await pipeline(
      createReadStream(path.join(context.directory, from), { highWaterMark: CHUNK }),
      verifying(expected, from),
      createWriteStream(temporary, { flags: 'wx', mode, highWaterMark: CHUNK }),
      { signal: context.signal },
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

function packedSha(context: FileContext, file: PackedFile): string {
  return hexOfIntegrity(packedFile(context, file).integrity)
}

function packedFile({ manifest }: FileContext, { from }: PackedFile): BundleManifest['files'][number] {
  const file = manifest.files.find((one) => one.path === from)
  if (file === undefined) throw new Error(`${from} is not in the archive`)
  return file
}

function shaOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

async function holds({ host }: FileContext, file: string, sha: string, mode: number): Promise<boolean> {
  try {
    const found = await lstat(onHost(host, file))
    if (!found.isFile() || (found.mode & 0o7777) !== mode) return false
    return (await hashFile(onHost(host, file))).sha256 === sha
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
