import { copyFile, link, readlink, rm } from 'node:fs/promises'
import path from 'node:path'
import { EdgeliftError, hashFile, isErrno, makeFolder, syncFolder, writeFileAtomic } from '@edgelift/core'
import { statOf, syncFile } from '../node/copies.ts'
import { writingTo } from '../node/disk.ts'
import { type Host, onHost, readHostFile } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { parseReceipt } from '../state/read-receipt.ts'
import { RECEIPT, type Receipt } from '../state/receipt.ts'
import type { CopyDatabase } from './database.ts'
import { type Contents, type CopiedFile, CopyRecord } from './record.ts'

export const COPY_RECORD = 'copy.json'
export type CopyHead = Omit<CopyRecord, 'format' | 'files' | 'links'>

export interface Copying {
  readonly host: Host
  readonly head: CopyHead
  readonly contents: Contents
  readonly copyDatabase: CopyDatabase
  /** Where the copy comes to lie; what is there goes. */
  readonly folder: string
}

/** Copies what is there of `contents` into a folder of root's alone. */
export async function layCopy(copying: Copying): Promise<CopyRecord> {
  const { host, head, contents, copyDatabase, folder } = copying
  await rm(onHost(host, folder), { recursive: true, force: true })
  await makeFolder(onHost(host, folder), 0o700)
  const files: CopiedFile[] = []
  const links: CopyRecord['links'] = []
  const databases = new Set(contents.databases)
  const replaced = new Set(contents.replaced)
  for (const place of new Set([...databases, ...contents.files, ...replaced])) {
    const from = onHost(host, place)
    const found = await statOf(from)
    if (found?.isSymbolicLink()) links.push({ path: place, to: await readlink(from) })
    if (!found?.isFile()) continue
    const name = `files${place}`
    const to = onHost(host, path.join(folder, name))
    await makeFolder(path.dirname(to), 0o700)
    const isCopied = await writingTo(host, { file: place, size: found.size }, async () => {
      if (replaced.has(place) && (await linked(from, to))) return false
      await (databases.has(place) ? copyDatabase : copyFile)(from, to)
      await syncFile(to, 0o600)
      return true
    })
    files.push({
      path: place,
      name,
      mode: found.mode & 0o7777,
      uid: found.uid,
      gid: found.gid,
      ...(isCopied ? await hashFile(to) : { size: found.size }),
      ...(databases.has(place) ? { database: true } : {}),
    })
  }
  for (const parent of new Set(files.map(({ name }) => path.dirname(path.join(folder, name)))))
    await syncFolder(onHost(host, parent))
  const record: CopyRecord = { format: 'edgelift/copy/v1', ...head, files, links }
  const text = `${JSON.stringify(record, null, 2)}\n`
  await writeFileAtomic(onHost(host, path.join(folder, COPY_RECORD)), text, 0o600)
  await syncFolder(path.dirname(onHost(host, folder)))
  return record
}

/** A second name for the file; false where the two lie on different file systems. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (isErrno(error, 'EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP')) return false
    throw error
  }
}

/** What a complete copy holds; undefined where there is none, or one that was cut off. @throws BACKUP_DAMAGED */
export async function readCopy(host: Host, folder: string): Promise<CopyRecord | undefined> {
  const text = await readHostFile(host, path.join(folder, COPY_RECORD))
  return text === undefined ? undefined : parseRecord(text, folder)
}

/** @param where how an error names it. @throws BACKUP_DAMAGED */
export function parseRecord(text: string, where: string): CopyRecord {
  try {
    const record = CopyRecord.parse(JSON.parse(text))
    const { files, links } = record
    const places = [...files, ...links].map((one) => one.path)
    const isPlain = (place: string) => path.posix.normalize(place) === place
    if (![...places, ...files.map(({ name }) => `/${name}`)].every(isPlain))
      throw new Error('a path leads outside')
    if (new Set(places).size < places.length) throw new Error('a path stands twice')
    return record
  } catch (error) {
    throw damaged(
      where,
      {
        en: `${COPY_RECORD} in it cannot be read, or another version of edgelift wrote it`,
        zh: `其中的 ${COPY_RECORD} 无法读取，或由其他版本的 edgelift 写入`,
      },
      error,
    )
  }
}

/** The receipt that lies in a copy. @throws BACKUP_DAMAGED */
export async function receiptOfCopy(host: Host, folder: string, { files }: CopyRecord): Promise<Receipt> {
  const file = files.find((one) => one.path === RECEIPT)
  const text = file && (await readHostFile(host, path.join(folder, file.name)))
  if (text === undefined) throw damaged(folder, { en: 'its receipt is missing', zh: '缺少 receipt.json' })
  return receiptIn(text, folder)
}

/** @param where how an error names what the receipt lies in. @throws BACKUP_DAMAGED */
export function receiptIn(text: string, where: string): Receipt {
  try {
    return parseReceipt(text, [])
  } catch (error) {
    const because = {
      en: 'its receipt cannot be read, or another version of edgelift wrote it',
      zh: '其中的 receipt.json 无法读取，或由其他版本的 edgelift 写入',
    }
    throw damaged(where, because, error)
  }
}

/** @throws BACKUP_DAMAGED when a file of the copy is not what was copied */
export async function checkCopy(host: Host, folder: string, { files }: CopyRecord): Promise<void> {
  for (const { name, size, sha256 } of files) {
    const file = onHost(host, path.join(folder, name))
    const found = await statOf(file)
    const isWhole = found?.isFile() === true && found.size === size
    if (isWhole && (sha256 === undefined || (await hashFile(file)).sha256 === sha256)) continue
    throw damaged(folder, { en: `${name} is not what was copied`, zh: `${name} 与备份时不一致` })
  }
}

/** For `catch`: what is damaged is none. */
export function unlessDamaged(error: unknown): undefined {
  if (!(error instanceof EdgeliftError && error.code === 'BACKUP_DAMAGED')) throw error
}

export function damaged(where: string, because: { en: string; zh: string }, cause?: unknown): Error {
  return fail(
    'BACKUP_DAMAGED',
    {
      what: { en: `${where} is damaged`, zh: `${where} 已损坏` },
      because,
      fix: { en: 'use another backup', zh: '请使用其他备份' },
    },
    { cause },
  )
}
