import { createHash } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import {
  formatSums,
  MAX_PARTS,
  openArchive,
  partName,
  partsAmong,
  partsList,
  signingHash,
} from '@edgelift/bundle'
import { CHUNK, formatBytes, type Report, replaceFile, writeAll, writeFileAtomic } from '@edgelift/core'
import { fail } from '../codes.ts'
import { type Signing, writeSignature } from './write-signature.ts'

export interface SplitOptions extends Signing {
  /** The most bytes of a part. */
  readonly size: number
  readonly report: Report
  readonly signal: AbortSignal
}

/** The parts of an archive, beside it. */
export interface SplitArchive {
  /** The list, which `sha256sum -c` reads. */
  readonly list: string
  readonly parts: readonly { readonly name: string; readonly size: number; readonly sha256: string }[]
}

/**
 * Writes an archive's parts beside it, then their list, and with a key the list's signature. Joined in the order of their
 * names they are the archive. Parts of an earlier split are replaced or removed.
 * @throws SPLIT_TOO_SMALL
 */
export async function splitArchive(file: string, options: SplitOptions): Promise<SplitArchive> {
  const list = partsList(file)
  await using source = await openArchive(file)
  const count = Math.ceil(source.size / options.size)
  if (count > MAX_PARTS) throw tooSmall(file, count, source.size)
  await rm(list, { force: true }) // until all parts are new, nothing speaks of them
  const parts: { name: string; size: number; sha256: string }[] = []
  for (let begin = 0; begin < source.size; begin += options.size) {
    const name = partName(file, parts.length + 1)
    const size = Math.min(options.size, source.size - begin)
    const hash = createHash('sha256')
    await replaceFile(name, 0o644, async (handle) => {
      for (let done = 0; done < size; done += CHUNK) {
        options.signal.throwIfAborted()
        const bytes = await source.read(begin + done, Math.min(CHUNK, size - done))
        hash.update(bytes)
        await writeAll(handle, [bytes])
        progress(options.report, list, begin + done + bytes.length, source.size)
      }
    })
    parts.push({ name: path.basename(name), size, sha256: hash.digest('hex') })
  }
  await removeFrom(file, parts.length + 1)
  options.report({ type: 'transferred', id: list, label: path.basename(list), fetched: 0 })
  const text = formatSums(new Map(parts.map(({ name, sha256 }) => [name, sha256])))
  await writeFileAtomic(list, text)
  await writeSignature(list, signingHash().update(text).digest(), options)
  return { list, parts }
}

/** Removes an archive's parts, their list first: without it, nothing speaks of them. */
export async function removeParts(file: string): Promise<void> {
  await rm(partsList(file), { force: true })
  await rm(`${partsList(file)}.minisig`, { force: true })
  await removeFrom(file, 1)
}

async function removeFrom(file: string, first: number): Promise<void> {
  const folder = path.dirname(file)
  for (const { name, number } of partsAmong(await readdir(folder), path.basename(file)))
    if (number >= first) await rm(path.join(folder, name), { force: true })
}

function progress(report: Report, list: string, done: number, total: number): void {
  report({ type: 'transfer', id: list, label: path.basename(list), done, total })
}

function tooSmall(file: string, count: number, size: number): Error {
  const least = formatBytes(Math.ceil(size / MAX_PARTS))
  return fail('SPLIT_TOO_SMALL', {
    what: {
      en: `${path.basename(file)} would have ${count} parts`,
      zh: `${path.basename(file)} 会产生 ${count} 个分卷`,
    },
    because: { en: `at most ${MAX_PARTS} are possible`, zh: `最多 ${MAX_PARTS} 个` },
    fix: { en: `use --split with more than ${least}`, zh: `请将 --split 设为大于 ${least}` },
  })
}
