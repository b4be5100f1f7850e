import { rm } from 'node:fs/promises'
import path from 'node:path'
import { archiveWriter, type BundleFile, type SecretKey } from '@edgelift/bundle'
import { EdgeliftError, hexOf, type Report, writeFileAtomic } from '@edgelift/core'
import {
  type ImageTarPlan,
  parsePlatform,
  parseReference,
  planImageTar,
  type Store,
  writeImageTar,
} from '@edgelift/oci'
import { fail } from '../codes.ts'
import type { LockedImage } from '../lock/schema.ts'
import { type ArchivePlan, archiveFileName, type PlanEntry } from '../plan/archive-plan.ts'
import { fileOf, recordsOf } from './archive-records.ts'
import { type EntryProgress, progressOf } from './entry-progress.ts'
import { isPackedAlone, packedContent } from './packed-content.ts'
import type { SigningTime } from './signing.ts'
import { removeParts } from './split-archive.ts'
import { type Signing, textOf, writeSignature } from './write-signature.ts'

export interface WriteOptions {
  readonly store: Store
  /** Folder of the archive; it exists. */
  readonly out: string
  readonly key?: SecretKey
  /** When it is signed. */
  readonly signing?: SigningTime
  readonly report: Report
  readonly signal: AbortSignal
}

/** An archive that lies in its place. */
export interface WrittenArchive {
  readonly file: string
  /** Bytes. */
  readonly size: number
  readonly sha256: string
  /** BLAKE2b-512 of the archive, in hexadecimal: what its signature is made over. Only where it is signed. */
  readonly blake2b?: string
}

/**
 * Writes an archive in one streaming pass from the store: its entries, then `manifest.json`, `SHA256SUMS` and the
 * signature, which tell what was written. It appears whole or not at all, and beside it `.sha256` and `.minisig`.
 * @throws PART_MISMATCH, DIGEST_MISMATCH, STORE_BLOB_MISSING when the store is damaged; DISK_FULL
 */
export async function writeArchive(plan: ArchivePlan, options: WriteOptions): Promise<WrittenArchive> {
  const { out, key, signal } = options
  const file = path.join(out, archiveFileName(plan))
  const writer = await archiveWriter({ out: file, top: plan.name, blake2b: key !== undefined })
  try {
    const files: BundleFile[] = []
    const progress = progressOf(plan, options.report)
    for (const entry of plan.entries) {
      signal.throwIfAborted()
      const { size, hex } = await writeEntry(entry, { writer, progress, options }).catch(
        asStoreDamage(entry.path),
      )
      files.push(fileOf(entry, size, hex))
    }
    const records = recordsOf({ plan, files, packed: await writer.seal() }, key, options.signing)
    for (const [name, bytes] of records) {
      const entry = { path: name, mode: '0644' as const, size: bytes.length, compress: false }
      await writer.file(entry, [bytes])
    }
    signal.throwIfAborted()
    // What is beside an earlier archive must not speak of the new one, not even for a moment.
    await rm(`${file}.sha256`, { force: true })
    await rm(`${file}.minisig`, { force: true })
    await removeParts(file)
    const written = { file, ...(await writer.finish()) }
    progress.end()
    await writeCompanions(written, { release: plan.release, key, signing: options.signing })
    return written
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/**
 * `<archive>.sha256`, and with a key `<archive>.minisig`. What is right already stays as it is, a signature with its time.
 */
export async function writeCompanions(archive: WrittenArchive, signing: Signing): Promise<void> {
  const name = path.basename(archive.file)
  const sum = `${archive.sha256}  ${name}\n`
  if ((await textOf(`${archive.file}.sha256`)) !== sum) await writeFileAtomic(`${archive.file}.sha256`, sum)
  if (archive.blake2b === undefined) return
  await writeSignature(archive.file, Buffer.from(archive.blake2b, 'hex'), signing)
}

interface Writing {
  readonly writer: Awaited<ReturnType<typeof archiveWriter>>
  readonly progress: EntryProgress
  readonly options: WriteOptions
}

async function writeEntry(
  entry: PlanEntry,
  { writer, progress, options: { store, signal } }: Writing,
): Promise<{ size: number; hex: string }> {
  if (isPackedAlone(entry)) {
    const { content } = entry
    const members = await packedContent(content, entry.path, store)
    await writer.packed({ ...entry, size: content.size }, watched(members, signal))
    progress.add(content.size)
    return { size: content.size, hex: hexOf(content.digest) }
  }
  const source = await sourceOf(entry, store)
  const hex = await writer.file({ ...entry, size: source.size }, progress.through(source.body, signal))
  return { size: source.size, hex }
}

async function* watched(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    signal.throwIfAborted()
    yield chunk
  }
}

interface Source {
  readonly size: number
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

async function sourceOf({ content, path: name }: PlanEntry, store: Store): Promise<Source> {
  switch (content.kind) {
    case 'bytes':
      return { size: content.bytes.length, body: [content.bytes] }
    case 'blob':
      return { size: content.size, body: store.read(content, name) }
    case 'image': {
      const tar = await imageTarOf(content.image, store)
      return { size: tar.size, body: writeImageTar(tar, store.read) }
    }
  }
}

/** The tarball of an image as it lies in an archive: its entries, from the lock and the manifest's bytes in the store. */
export async function imageTarOf(image: LockedImage, store: Store): Promise<ImageTarPlan> {
  const { manifest, config, layers } = image
  const bytes = await store.readBytes(manifest.digest, image.reference)
  return planImageTar({
    references: [parseReference(image.reference)],
    platform: parsePlatform(image.platform),
    manifest: { descriptor: manifest, bytes },
    config,
    layers,
  })
}

/** A blob that is not what its name says, in the store, is damage that "store verify" mends. */
function asStoreDamage(name: string): (error: unknown) => never {
  return (error) => {
    const code = error instanceof EdgeliftError ? error.code : ''
    throw code === 'DIGEST_MISMATCH' || code === 'SIZE_MISMATCH' ? storeDamaged(name, error) : error
  }
}

function storeDamaged(name: string, cause?: unknown): Error {
  return fail(
    'PART_MISMATCH',
    {
      what: {
        en: `${name}: the store’s copy is not what the lock says`,
        zh: `${name}：内容存储中的副本与锁定文件不符`,
      },
      because: { en: 'the store was damaged after it was filled', zh: '内容存储在写入之后被损坏' },
      fix: {
        en: 'run "edgelift store verify", which removes what is damaged, and build again',
        zh: '请运行 "edgelift store verify" 删除损坏内容，然后重新构建',
      },
    },
    { cause },
  )
}
