import { createHash } from 'node:crypto'
import { rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import {
  type ByteReader,
  byteReader,
  EdgeliftError,
  fileStream,
  makeFolder,
  openRegular,
  replaceFile,
  TAR_BLOCK,
  TAR_END,
  tarHeader,
  tarPadding,
  writeAll,
  writeFileAtomic,
} from '@edgelift/core'
import { type Host, onHost } from '../node/host.ts'
import { fail } from '../problem/codes.ts'
import { RECEIPT } from '../state/receipt.ts'
import { COPY_RECORD, damaged, parseRecord, readCopy } from './copy.ts'
import type { CopyRecord } from './record.ts'
import { SEAL_MARK, SEAL_NAME, seal, unseal } from './seal.ts'

/** The record and the receipt are read as a whole: one that is longer is none. */
const TEXT_LIMIT = 16 * 1024 * 1024

/**
 * Writes a copy into one file, whole or not at all, mode 0600: a gzipped tar, its record first, then its files in the
 * record's order; sealed where there is a passphrase.
 * @returns its size in bytes
 */
export async function writeBackup(
  host: Host,
  folder: string,
  target: { readonly file: string; readonly passphrase: string | undefined },
  signal: AbortSignal,
): Promise<number> {
  const packed = createGzip()
  const { file, passphrase } = target
  const bytes = passphrase === undefined ? packed : seal(packed, passphrase)
  await replaceFile(file, 0o600, async (handle) => {
    const filling = pipeline(tarOf(host, folder), packed)
    filling.catch(() => {}) // awaited below; until then the reader may fail first
    for await (const piece of bytes) {
      signal.throwIfAborted()
      await writeAll(handle, [piece as Buffer])
    }
    await filling
  })
  return (await stat(file)).size
}

async function* tarOf(host: Host, folder: string): AsyncGenerator<Uint8Array> {
  const record = await readCopy(host, folder)
  if (record === undefined) throw new Error(`${folder} is not a complete copy`)
  const text = Buffer.from(JSON.stringify(record, null, 2))
  yield headerOf(COPY_RECORD, text.length)
  yield Buffer.concat([text, Buffer.alloc(tarPadding(text.length))])
  for (const { name, size } of record.files) {
    yield headerOf(name, size)
    yield* fileStream(onHost(host, path.join(folder, name)))
    yield Buffer.alloc(tarPadding(size))
  }
  yield TAR_END
}

function headerOf(name: string, size: number): Uint8Array {
  return tarHeader({ path: name, type: 'file', size, mode: 0o600 })
}

export interface ReadBackup {
  readonly record: CopyRecord
  /** The text of the receipt in it. */
  readonly receipt: string
}

export interface Opening {
  readonly file: string
  /** Asked for once the file is seen to be sealed. @throws PASSPHRASE_NEEDED */
  readonly passphrase: () => Promise<string>
}

/**
 * Reads a backup to its end; every byte is checked.
 * @param folder of the host where its content goes; nothing is written without it
 * @throws NOT_A_BACKUP, PASSPHRASE_WRONG, BACKUP_DAMAGED; RESTORE_REFUSED for what a newer edgelift wrote
 */
export async function readBackup(
  opening: Opening,
  into?: { readonly host: Host; readonly folder: string },
): Promise<ReadBackup> {
  const { file } = opening
  const passphrase = (await kindOf(file)) === 'sealed' ? await opening.passphrase() : undefined
  try {
    const stored = fileStream(file)
    const packed = passphrase === undefined ? stored : unseal(stored, passphrase, file)
    let found: ReadBackup | undefined
    await pipeline(packed, createGunzip(), async (plain: AsyncIterable<Buffer>) => {
      found = await readTar(byteReader(plain), file, into)
    })
    if (found === undefined) throw new Error('the pipeline has not read the tar')
    return found
  } catch (error) {
    if (!(error instanceof Error) || error instanceof EdgeliftError) throw error
    // zlib's words: "incorrect data check", "unexpected end of file".
    if ('code' in error && String(error.code).startsWith('Z_')) throw unlike(file, error)
    throw error
  }
}

async function kindOf(file: string): Promise<'plain' | 'sealed'> {
  const handle = await openRegular(file)
  try {
    const head = Buffer.alloc(SEAL_MARK.length)
    const { bytesRead } = await handle.read(head, 0, head.length, 0)
    const mark = head.toString('latin1', 0, bytesRead)
    if (mark === SEAL_MARK) return 'sealed'
    if (mark.startsWith(SEAL_NAME)) throw sealedOtherwise(file)
    if (bytesRead > 2 && head[0] === 0x1f && head[1] === 0x8b) return 'plain'
  } finally {
    await handle.close()
  }
  throw fail('NOT_A_BACKUP', {
    what: { en: `${file} is not a backup of edgelift`, zh: `${file} 不是 edgelift 的备份` },
    fix: {
      en: 'name the file that ./edgelift backup FILE wrote on the cloud node',
      zh: '请指定在云端由 ./edgelift backup 文件 生成的备份',
    },
  })
}

/** The format's name is there, and another version: an edgelift wrote it that knows more than this one. */
function sealedOtherwise(file: string): Error {
  return fail('RESTORE_REFUSED', {
    what: { en: `cannot read ${file}`, zh: `无法读取 ${file}` },
    because: { en: 'it is sealed in a format of a newer edgelift', zh: '其加密格式属于更新版本的 edgelift' },
    fix: {
      en: 'use the archive of the release that was installed where it was written',
      zh: '请使用创建该备份时所安装发布的离线包',
    },
  })
}

/** A tar of {@link writeBackup} and no other: its record says which bytes follow. */
async function readTar(
  tar: ByteReader,
  file: string,
  into: { readonly host: Host; readonly folder: string } | undefined,
): Promise<ReadBackup> {
  const text = await recordText(tar, file)
  const record = parseRecord(text, file)
  if (into !== undefined) {
    await rm(onHost(into.host, into.folder), { recursive: true, force: true })
    await makeFolder(onHost(into.host, into.folder), 0o700)
  }
  let receipt = ''
  for (const { name, path: place, size, sha256 } of record.files) {
    await expectBytes(tar, headerOf(name, size), file)
    if (place === RECEIPT && size > TEXT_LIMIT) throw unlike(file)
    const target = into && onHost(into.host, path.join(into.folder, name))
    const found = await contentOf(tar, size, { target, isKept: place === RECEIPT })
    receipt += found.kept
    if (found.size < size) throw unlike(file)
    if (found.sha256 !== sha256)
      throw damaged(file, { en: `${name} is not what was copied`, zh: `${name} 与备份时不一致` })
    await expectBytes(tar, Buffer.alloc(tarPadding(size)), file)
  }
  await expectBytes(tar, TAR_END, file)
  if ((await tar.take(1)).length > 0) throw unlike(file)
  if (into !== undefined)
    await writeFileAtomic(onHost(into.host, path.join(into.folder, COPY_RECORD)), text, 0o600)
  return { record, receipt }
}

async function recordText(tar: ByteReader, file: string): Promise<string> {
  const head = await tar.take(TAR_BLOCK)
  const size = Number.parseInt(head.toString('latin1', 124, 135), 8)
  if (!(size > 0 && size < TEXT_LIMIT) || !head.equals(headerOf(COPY_RECORD, size))) throw unlike(file)
  const text = await tar.take(size)
  if (text.length < size) throw unlike(file)
  await tar.take(tarPadding(size))
  return text.toString('utf8')
}

async function expectBytes(tar: ByteReader, expected: Uint8Array, file: string): Promise<void> {
  if (!(await tar.take(expected.length)).equals(expected)) throw unlike(file)
}

/** Reads a file's content, and writes it where there is a target. */
async function contentOf(
  tar: ByteReader,
  size: number,
  { target, isKept }: { readonly target: string | undefined; readonly isKept: boolean },
): Promise<{ readonly size: number; readonly sha256: string; readonly kept: string }> {
  const hash = createHash('sha256')
  const kept: Buffer[] = []
  let read = 0
  const readAll = async (write: (piece: Buffer) => Promise<void>) => {
    for await (const piece of tar.pass(size)) {
      hash.update(piece)
      read += piece.length
      if (isKept) kept.push(piece)
      await write(piece)
    }
  }
  if (target === undefined) await readAll(async () => {})
  else {
    await makeFolder(path.dirname(target), 0o700)
    await replaceFile(target, 0o600, (handle) => readAll((piece) => writeAll(handle, [piece])))
  }
  return { size: read, sha256: hash.digest('hex'), kept: Buffer.concat(kept).toString('utf8') }
}

function unlike(file: string, cause?: unknown): Error {
  return damaged(
    file,
    { en: 'it was changed or cut off, or it is another tar.gz', zh: '被修改或截断，或是其他 tar.gz 文件' },
    cause,
  )
}
