import { createHash } from 'node:crypto'
import path from 'node:path'
import { Readable } from 'node:stream'
import {
  type ArchiveSource,
  bytesOf,
  checksumLine,
  openArchive,
  partsListAt,
  smallText,
} from '@edgelift/bundle'
import {
  CHUNK,
  type EdgeliftError,
  formatBytes,
  hashFile,
  parseJson,
  type Report,
  TAR_END,
  type Text,
} from '@edgelift/core'
import type { BlobSink, Store } from '@edgelift/oci'
import { fail } from '../codes.ts'
import { isDamage, withFix } from './damage.ts'
import {
  blobHeader,
  ExportIndex,
  FORMAT,
  FORMAT_NAME,
  INDEX_AT,
  INDEX_LIMIT,
  indexHeader,
  type PlacedBlob,
  placesOf,
} from './format.ts'

export interface Imported {
  readonly file: string
  /** Blobs that the file holds, and how many of them were in the store already. */
  readonly blobs: number
  readonly present: number
  /** Bytes that were copied. */
  readonly copied: number
}

/**
 * Brings what a store lacks out of an exported file, or one that lies in parts; each blob is checked before it gets its
 * name. What an interrupted import has brought stays, also half of a blob.
 * The checksum file that export writes is compared first where it lies beside.
 * @throws STORE_EXPORT_INVALID, SPACE_LACKING; DIGEST_MISMATCH when a blob is damaged
 */
export async function importStore(
  store: Store,
  file: string,
  { report, signal }: { readonly report: Report; readonly signal: AbortSignal },
): Promise<Imported> {
  await using source = await openArchive(file)
  await compareChecksum(file, source, signal)
  const { blobs, end } = await readIndex(source, file)
  if (source.size !== end + TAR_END.length)
    throw invalid(file, {
      en: `it has ${source.size} bytes, its list makes ${end + TAR_END.length}: it was cut off, or is no export`,
      zh: `文件为 ${source.size} 字节，按其列表应为 ${end + TAR_END.length} 字节：文件不完整或不是导出文件`,
    })
  await using _used = await store.use()
  const missing: PlacedBlob[] = []
  for (const blob of blobs) if ((await store.size(blob.digest)) !== blob.size) missing.push(blob)
  const total = missing.reduce((sum, { size }) => sum + size, 0)
  await refuseLack(store, total)
  let done = 0
  let copied = 0
  for (const blob of missing) {
    signal.throwIfAborted()
    const header = await source.read(blob.header, blob.content - blob.header)
    if (!header.equals(blobHeader(blob))) throw invalid(file, damagedAt(blob))
    const base = done
    const onBytes = (bytes: number): void => {
      done += bytes
      report({ type: 'transfer', id: file, label: file, done, total })
    }
    const what = `${file}: ${blob.digest}`
    const { fetched } = await store
      .ensure(blob, what, (sink) => copy(source, blob, { sink, onBytes, signal }))
      .catch(async (error: unknown) => {
        throw isDamage(error) ? await copiedBadly(error, source) : error
      })
    done = base + blob.size
    copied += fetched
  }
  report({ type: 'transferred', id: file, label: file, fetched: copied })
  return { file, blobs: blobs.length, present: blobs.length - missing.length, copied }
}

/** @throws STORE_EXPORT_INVALID when `<file>.sha256` is there, and is not one line of sha256sum for this very file */
async function compareChecksum(file: string, source: ArchiveSource, signal: AbortSignal): Promise<void> {
  const beside = `${file}.sha256`
  const text = await smallText(beside)
  if (text === undefined) return
  const line = checksumLine(text)
  const name = path.basename(file)
  if (line === undefined)
    throw invalid(file, {
      en: `${beside} is not one line of sha256sum`,
      zh: `${beside} 不是 sha256sum 格式的一行`,
    })
  const { hex: said, named } = line
  if (named !== name)
    throw invalid(file, {
      en: `${beside} names ${named}, not ${name}`,
      zh: `${beside} 中的文件名是 ${named}，而不是 ${name}`,
    })
  const isInParts = (await partsListAt(file)) !== undefined
  const { sha256 } = isInParts
    ? { sha256: await hashOf(source, signal) }
    : await hashFile(file, () => signal.throwIfAborted())
  if (sha256 === said) return
  throw invalid(file, {
    en: `${beside} says ${said}, the file has ${sha256}`,
    zh: `${beside} 记录的是 ${said}，文件实际为 ${sha256}`,
  })
}

/** Of what the parts make together. */
async function hashOf(source: ArchiveSource, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of bytesOf(source)) {
    signal.throwIfAborted()
    hash.update(bytes)
  }
  return hash.digest('hex')
}

/** Appends what the sink lacks. */
async function copy(
  source: ArchiveSource,
  blob: PlacedBlob,
  { sink, onBytes, signal }: { sink: BlobSink; onBytes: (bytes: number) => void; signal: AbortSignal },
): Promise<void> {
  const from = await sink.offset()
  async function* rest(): AsyncGenerator<Buffer> {
    for (let at = from; at < blob.size; at += CHUNK) {
      signal.throwIfAborted()
      const bytes = await source.read(blob.content + at, Math.min(CHUNK, blob.size - at))
      onBytes(bytes.length)
      yield bytes
    }
  }
  await sink.append(from, Readable.from(rest(), { objectMode: false }))
}

async function readIndex(source: ArchiveSource, file: string): Promise<ReturnType<typeof placesOf>> {
  const head = await source.read(0, INDEX_AT)
  const size = Number.parseInt(head.toString('latin1', 124, 135), 8)
  if (!(size <= INDEX_LIMIT) || !head.equals(indexHeader(size))) throw invalid(file, NO_INDEX)
  const bytes = await source.read(INDEX_AT, size)
  let document: unknown
  try {
    document = parseJson(bytes.toString('utf8'))
  } catch {
    throw invalid(file, NO_INDEX)
  }
  const { format } = (document ?? {}) as { readonly format?: unknown }
  if (typeof format === 'string' && format !== FORMAT && format.startsWith(FORMAT_NAME))
    throw newer(file, format)
  const parsed = ExportIndex.safeParse(document)
  if (!parsed.success) throw invalid(file, NO_INDEX)
  return placesOf(size, parsed.data.blobs)
}

async function refuseLack(store: Store, needed: number): Promise<void> {
  const free = await store.freeBytes()
  if (needed <= free) return
  throw fail('SPACE_LACKING', {
    what: {
      en: `${store.root}: this import needs ${formatBytes(needed)}, ${formatBytes(free)} are free`,
      zh: `${store.root}：本次导入需要 ${formatBytes(needed)}，可用空间为 ${formatBytes(free)}`,
    },
    fix: {
      en: 'free some space, or choose another place with --store',
      zh: '请释放空间，或用 --store 更换位置',
    },
  })
}

const NO_INDEX: Text = {
  en: 'it does not begin as edgelift store export writes it',
  zh: '其开头与 edgelift store export 写入的不一致',
}

/** To copy it again does not help. */
function newer(file: string, format: string): Error {
  return fail('STORE_EXPORT_INVALID', {
    what: { en: `cannot import ${file}`, zh: `无法导入 ${file}` },
    because: {
      en: `its format is ${format}, this edgelift reads ${FORMAT}`,
      zh: `其格式为 ${format}，当前 edgelift 支持 ${FORMAT}`,
    },
    fix: {
      en: 'import it with the edgelift that exported it, or a newer one',
      zh: '请使用导出该文件的 edgelift 或更新版本导入',
    },
  })
}

/** The error of a blob that is another one: the part that is damaged, else with what helps. To read it again does not. */
async function copiedBadly(error: EdgeliftError, source: ArchiveSource): Promise<EdgeliftError> {
  const [wrongPart] = await source.problems()
  if (wrongPart !== undefined) return wrongPart
  return withFix(error, COPY_AGAIN)
}

const COPY_AGAIN: Text = {
  en: 'copy the file and its .sha256 again, from the same export',
  zh: '请从同一次导出重新拷贝该文件及其 .sha256',
}

function damagedAt({ digest }: PlacedBlob): Text {
  return { en: `the header of ${digest} is damaged`, zh: `${digest} 的文件头已损坏` }
}

function invalid(file: string, because: Text): Error {
  return fail('STORE_EXPORT_INVALID', {
    what: { en: `cannot import ${file}`, zh: `无法导入 ${file}` },
    because,
    fix: COPY_AGAIN,
  })
}
