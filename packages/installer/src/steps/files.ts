import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { hashFile, isErrno, type Text, writeFileAtomic } from '@edgelift/core'
import { writingTo } from '../node/disk.ts'
import { doAtOnce } from '../node/do-all.ts'
import { type Host, onHost } from '../node/host.ts'
import { keepFile, moveAway, rememberWritten, WRITTEN, type Written, writtenFiles } from '../state/written.ts'
import { entryOf, layPackedFile, type PackedFile, packedSha } from './packed-file.ts'
import type { Run } from './run.ts'
import { type Drift, defineStep } from './step.ts'

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
      if (differences(await contentOf(run.host, to), shaOf(content), mode).length > 0) return false
    for (const file of packed)
      if (differences(await contentOf(run.host, file.to), packedSha(run, file), file.mode).length > 0)
        return false
    return true
  },
  async drift(run, { packed, generated }) {
    const found: Drift[] = []
    const compare = async (place: string, sha: string, mode: number) => {
      const content = await contentOf(run.host, place)
      const fields = differences(content, sha, mode)
      if (fields.length === 0) return
      if (content === undefined) found.push({ kind: 'file', place, state: 'missing', fields: [] })
      else found.push({ kind: 'file', place, state: 'changed', fields })
    }
    for (const { to, content, mode } of generated) await compare(to, shaOf(content), mode)
    for (const file of packed) await compare(file.to, packedSha(run, file), file.mode)
    return found
  },
  async apply(run, { packed, generated, trees = [], folders = [] }) {
    const { host, changes } = run
    for (const folder of folders) await changes.trackFolder(folder)
    for (const { path: tree, keep } of trees) await changes.trackTree(tree, keep)
    const known = await writtenFiles(host)
    const shas = new Map([
      ...packed.map((file) => [file.to, packedSha(run, file)] as const),
      ...generated.map(({ to, content }) => [to, shaOf(content)] as const),
    ])
    await writingTo(host, { file: WRITTEN, size: 4096 }, () => rememberWritten(host, shas))
    const laying: (() => Promise<void>)[] = []
    for (const file of packed) {
      const found = await contentOf(host, file.to)
      if (differences(found, packedSha(run, file), file.mode).length === 0) continue
      const change = changeBy(known, file.to, found)
      const writing = { file: file.to, size: entryOf(run, file).size }
      await writingTo(host, writing, async () => {
        const copy = change === 'directory' ? await moveAway(host, file.to) : undefined
        tellChange(run, file.to, change, copy)
        await changes.backup(file.to)
      })
      laying.push(() => writingTo(host, writing, () => layPackedFile(run, file)))
    }
    await doAtOnce(laying, run.signal)
    for (const { to, content, mode } of generated) {
      const found = await contentOf(host, to)
      if (differences(found, shaOf(content), mode).length === 0) continue
      const change = changeBy(known, to, found)
      await writingTo(host, { file: to, size: content.length }, async () => {
        tellChange(run, to, change, await kept(host, to, change))
        await changes.backup(to)
        await writeFileAtomic(onHost(host, to), content, mode)
      })
    }
  },
})

/** What somebody else did to a file that edgelift wrote. */
type FileChange = 'deleted' | 'content' | 'directory' | undefined

/** Where that which is replaced lies then; undefined where nothing of it is worth keeping. */
async function kept(host: Host, file: string, change: FileChange): Promise<string | undefined> {
  if (change === 'content') return keepFile(host, file)
  return change === 'directory' ? moveAway(host, file) : undefined
}

function changeBy(known: Written, file: string, found: Content): FileChange {
  const ours = known[file]
  if (ours === undefined) return undefined
  if (found === undefined) return 'deleted'
  if (found.sha === DIRECTORY) return 'directory'
  return ours.includes(found.sha) ? undefined : 'content'
}

function tellChange({ report, changes }: Run, file: string, change: FileChange, copy?: string): void {
  if (change === undefined || (change === 'deleted' && !changes.wasComplete)) return
  const kept = {
    en: copy === undefined ? '' : `; the changed file is kept as ${copy}`,
    zh: copy === undefined ? '' : `；修改后的文件保存为 ${copy}`,
  }
  const text =
    change === 'deleted'
      ? { en: `${file} was deleted: it is restored`, zh: `${file} 已被删除，将恢复` }
      : {
          en: `${file} was changed by hand: it is restored${kept.en}`,
          zh: `${file} 被手动修改，将恢复${kept.zh}`,
        }
  report({ type: 'note', level: 'warning', text })
}

function shaOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Undefined: there is no file. What is no regular file has no content of edgelift's. */
type Content = { readonly sha: string; readonly mode: number; readonly uid: number } | undefined

const DIRECTORY = 'a directory'

async function contentOf(host: Host, file: string): Promise<Content> {
  try {
    const found = await lstat(onHost(host, file))
    const other = found.isDirectory() ? DIRECTORY : 'no regular file'
    const sha = found.isFile() ? (await hashFile(onHost(host, file))).sha256 : other
    return { sha, mode: found.mode & 0o7777, uid: found.uid }
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

/** In what a file differs from the one that edgelift lays; a file of somebody else than root can be changed by them. */
function differences(found: Content, sha: string, mode: number): string[] {
  if (found?.sha !== sha) return ['content']
  const isOurs = found.uid === 0 || found.uid === process.geteuid?.()
  return [...(found.mode === mode ? [] : ['mode']), ...(isOurs ? [] : ['owner'])]
}
