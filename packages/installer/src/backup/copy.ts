import { copyFile, link, readlink, realpath, rm } from 'node:fs/promises'
import path from 'node:path'
import { EdgeliftError, hashFile, isErrno, makeFolder, syncFolder, writeFileAtomic } from '@edgelift/core'
import { statOf, syncFile } from '../node/copies.ts'
import { writingTo } from '../node/disk.ts'
import { type Host, onHost, readHostFile } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { receiptIn } from '../state/read-receipt.ts'
import { RECEIPT, type Receipt } from '../state/receipt.ts'
import { type RecordText, recordIn } from '../state/record-text.ts'
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
  const followed = new Set(contents.followed)
  for (const place of new Set([...databases, ...contents.files, ...replaced])) {
    const from = onHost(host, place)
    const found = await statOf(followed.has(place) ? await behind(from) : from)
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

/** The file that a link leads to; itself where it is none, or leads nowhere. */
async function behind(file: string): Promise<string> {
  return realpath(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return file
    throw error
  })
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

/**
 * @param where how an error names it
 * @throws BACKUP_DAMAGED
 * @throws RESTORE_REFUSED when an edgelift wrote it that knows more than this one
 */
export function parseRecord(text: string, where: string): CopyRecord {
  const record = readable(recordIn(text, CopyRecord), COPY_RECORD, where)
  const places = [...record.files, ...record.links].map((one) => one.path)
  const isPlain = (place: string) => path.posix.normalize(place) === place && !place.includes('\0')
  const bad = [...places, ...record.files.map(({ name }) => `/${name}`)].find((place) => !isPlain(place))
  if (bad !== undefined)
    throw damaged(where, { en: `${COPY_RECORD}: path "${bad}"`, zh: `${COPY_RECORD}：路径“${bad}”` })
  if (new Set(places).size < places.length)
    throw damaged(where, {
      en: `${COPY_RECORD}: a path stands twice`,
      zh: `${COPY_RECORD}：同一路径出现两次`,
    })
  return record
}

/** The receipt that lies in a copy. @throws BACKUP_DAMAGED */
export async function receiptOfCopy(host: Host, folder: string, { files }: CopyRecord): Promise<Receipt> {
  const file = files.find((one) => one.path === RECEIPT)
  const text = file && (await readHostFile(host, path.join(folder, file.name)))
  if (text === undefined) throw damaged(folder, { en: 'its receipt is missing', zh: '缺少 receipt.json' })
  return parseCopiedReceipt(text, folder)
}

/**
 * @param where how an error names what the receipt lies in
 * @throws BACKUP_DAMAGED
 * @throws RESTORE_REFUSED when an edgelift wrote it that knows more than this one
 */
export function parseCopiedReceipt(text: string, where: string): Receipt {
  return readable(receiptIn(text, []), 'receipt.json', where)
}

/** @param name of the record in the copy */
function readable<T>(found: RecordText<T>, name: string, where: string): T {
  if ('record' in found) return found.record
  const { because, writer, cause } = found.unreadable
  const named = { en: `${name}: ${because.en}`, zh: `${name}：${because.zh}` }
  if (writer === undefined) throw damaged(where, named, cause)
  throw fail(
    'RESTORE_REFUSED',
    {
      what: { en: `cannot read ${where}`, zh: `无法读取 ${where}` },
      because: named,
      fix: {
        en: `use the archive that wrote it: ${writer.bundle}, with edgelift ${writer.edgelift}`,
        zh: `请使用写入它的离线包：${writer.bundle}（edgelift ${writer.edgelift}）`,
      },
    },
    { cause },
  )
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

/** For `catch`: a copy that is damaged, or that this edgelift cannot read, is none. */
export function unlessUnreadable(error: unknown): undefined {
  const isNone = error instanceof EdgeliftError && ['BACKUP_DAMAGED', 'RESTORE_REFUSED'].includes(error.code)
  if (!isNone) throw error
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
